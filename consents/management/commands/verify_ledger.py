from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consents.domain.verification import first_fault


class Command(BaseCommand):
    help = "Checks the ledger and the consent states; names the first bad row and exits with 1."

    def handle(self, *args: Any, **options: Any) -> None:
        fault = first_fault()
        if fault is not None:
            raise CommandError(fault)
        self.stdout.write("The ledger is sound.")
