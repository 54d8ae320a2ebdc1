from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive

from consents.domain.retention import due_evidence, purge_evidence
from consents.signals import upkeep_began


class Command(BaseCommand):
    help = 'Destroys the evidence whose time (CONSENTS["EVIDENCE_RETENTION"]) is over, and lists it.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until", type=_moment, metavar="ISO8601", help="What is due by then, with an offset.")
        parser.add_argument("--dry-run", action="store_true", help="Only list.")

    def handle(self, *args: Any, **options: Any) -> None:
        until = options["until"] or timezone.now()
        if not options["dry_run"]:
            upkeep_began.send(sender=Command, command="purge_evidence")
            until = min(until, timezone.now())  # nothing is destroyed before its time
        number = 0
        for piece in (due_evidence if options["dry_run"] else purge_evidence)(until):
            self.stdout.write(f"evidence {piece.evidence_id}: due {piece.due_at.isoformat()}")
            number += 1
        self.stdout.write(f"{number} pieces {'are due' if options['dry_run'] else 'destroyed'}.")


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None or is_naive(moment):
        raise ArgumentTypeError("not a date and time with an offset from UTC")
    return moment
