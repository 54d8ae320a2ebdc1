import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consents.domain.verification.recorded import verify_and_record
from consents.errors import LedgerFault
from consents.management.progress import ProgressBar
from consents.models import Subject


class Command(BaseCommand):
    help = (
        "Checks the ledger and all that follows from it; names the first bad row and exits with 1. The result is kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoint",
            type=Path,
            metavar="FILE",
            help="Everybody whom this file knows must still be there; it is replaced when all is sound.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        progress = ProgressBar(Subject.objects.count(), sys.stderr)
        try:
            found = verify_and_record(checkpoint=options["checkpoint"], progress=progress)
        except (LedgerFault, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The ledger is sound: {found.rows} rows of {found.people} people.")
        if found.evidence_destroyed:
            self.stdout.write(f"The evidence of {found.evidence_destroyed} submissions was destroyed.")
        for key in found.revoked:
            signed = f"{key.signatures} receipts and certificates are signed by {key.kid}"
            when = f"which was revoked at {key.revoked_at:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(f"{signed}, {when}. Their rows are whole; a signature by it proves nothing any more.")
