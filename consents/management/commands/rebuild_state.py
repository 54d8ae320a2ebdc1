from typing import Any

from django.core.management.base import BaseCommand

from consents.domain.state import rebuild_state


class Command(BaseCommand):
    help = "Makes the consent states of everybody again from the ledger."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rebuild_state()} units rebuilt.")
