from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freedom_id.domain.number_references import index_numbers, reference_key
from freedom_id.grants import OPERATE_ACCOUNTS
from freedom_id.models import PartnerClient


class Command(BaseCommand):
    help = (
        "Prints the key (hex) under which a client that operates accounts names phone numbers: keep it like a secret."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client_id")

    def handle(self, *_args: Any, **options: Any) -> None:
        client = PartnerClient.objects.filter(client_id=options["client_id"]).first()
        if client is None or OPERATE_ACCOUNTS not in client.operator_scopes:
            raise CommandError(f"There is no client of this id with the scope {OPERATE_ACCOUNTS}.")
        index_numbers(client)
        self.stdout.write(reference_key(client).hex())
