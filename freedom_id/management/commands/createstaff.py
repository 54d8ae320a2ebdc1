import sys
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from freedom_id.domain.accounts import register_account
from freedom_id.domain.identifiers import InvalidIdentifier, parse_identifier
from freedom_id.enums import CredentialType
from freedom_id.errors import IdentifierTaken


class Command(BaseCommand):
    help = "Creates an account that may do everything in the admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
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
            account = register_account(identifier, password=password, is_staff=True, is_superuser=True)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except IdentifierTaken as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Staff account made: {account}")


def _read_line() -> str:
    """The whole line: a password may begin or end with a space."""
    return sys.stdin.readline().rstrip("\r\n")


def _ask_twice() -> str:
    password = getpass("Password: ")
    if getpass("Password again: ") != password:
        raise CommandError("The passwords differ.")
    return password
