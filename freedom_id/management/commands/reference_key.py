from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.customers import look_up_key
from freedom_id.domain.number_references import index_numbers, reference_key
from freedom_id.enums import AuditAction
from freedom_id.grants import OPERATE_ACCOUNTS, READ_CUSTOMERS
from freedom_id.models import PartnerClient


class Command(BaseCommand):
    help = (
        "Prints the key (hex) under which a client that operates accounts names phone numbers, or one that reads "
        "customers encrypts them: keep it like a secret."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client_id")
        parser.add_argument("--customers", action="store_true", help="the key that encrypts")

    def handle(self, *_args: Any, **options: Any) -> None:
        needed = READ_CUSTOMERS if options["customers"] else OPERATE_ACCOUNTS
        client = PartnerClient.objects.filter(client_id=options["client_id"]).first()
        if client is None or needed not in client.operator_scopes:
            raise CommandError(f"There is no client of this id with the scope {needed}.")
        record(AuditAction.KEY_SHOWN, by=By(command="reference_key"), target=Target.of(client))
        if options["customers"]:
            self.stdout.write(look_up_key(client).hex())
        else:
            index_numbers(client)
            self.stdout.write(reference_key(client).hex())
