from typing import Any

from django.core.management.base import BaseCommand

from consents.domain.evidence import reseal_keys
from consents.signals import upkeep_began


class Command(BaseCommand):
    help = 'Seals every person\'s evidence key under the first of CONSENTS["EVIDENCE_KEYS"], after a rotation.'

    def handle(self, *args: Any, **options: Any) -> None:
        upkeep_began.send(sender=Command, command="reseal_evidence_keys")
        self.stdout.write(f"{reseal_keys()} keys resealed.")
