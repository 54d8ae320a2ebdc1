import sys
from typing import Any

from django.core.management.base import BaseCommand

from consents.domain.state import rebuild_state
from consents.management.progress import ProgressBar
from consents.models import Subject
from consents.signals import upkeep_began


class Command(BaseCommand):
    help = "Makes the consent states of everybody again from the ledger."

    def handle(self, *args: Any, **options: Any) -> None:
        upkeep_began.send(sender=Command, command="rebuild_state")
        units = rebuild_state(progress=ProgressBar(Subject.objects.count(), sys.stderr))
        self.stdout.write(f"{units} units rebuilt.")
