from typing import Any

from django.core.management.base import BaseCommand

from consents.domain.evidence import reseal_keys


class Command(BaseCommand):
    help = 'Seals every person\'s evidence key under the first of CONSENTS["EVIDENCE_KEYS"], after a rotation.'

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{reseal_keys()} keys resealed.")
