import sys
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from freedom_id.conf import conf
from freedom_id.domain.audit import ADMINISTRATOR, By
from freedom_id.domain.identifiers import InvalidIdentifier, parse_identifier
from freedom_id.domain.staff import UnknownRole, register_staff
from freedom_id.enums import CredentialType
from freedom_id.errors import IdentifierTaken

FIRST = """\
The admin opens once the new member of staff has signed in and added a passkey, or set up an authenticator app, at
{page}"""


class Command(BaseCommand):
    help = "Creates an account that may enter the admin, in a role."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--role", default=ADMINISTRATOR, help="such as support; an administrator may do everything")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from the first line")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            identifier = parse_identifier(options["email"])
        except InvalidIdentifier as error:
            raise CommandError("Not an e-mail address.") from error
        if identifier.type != CredentialType.EMAIL:
            raise CommandError("Not an e-mail address.")
        password = _read_line() if options["password_stdin"] else _ask_twice()
        try:
            validate_password(password)
            by = By(command="createstaff")
            account = register_staff(identifier, password=password, role=options["role"], by=by)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except UnknownRole as error:
            raise CommandError(f"The roles are: {error}.") from error
        except IdentifierTaken as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Staff account made: {account}")
        self.stdout.write(FIRST.format(page=conf.issuer + reverse("freedom_id:security")))


def _read_line() -> str:
    """The whole line: a password may begin or end with a space."""
    return sys.stdin.readline().rstrip("\r\n")


def _ask_twice() -> str:
    password = getpass("Password: ")
    if getpass("Password again: ") != password:
        raise CommandError("The passwords differ.")
    return password
