import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.resealing import AT_A_TIME, Resealed, reseal_values
from freedom_id.enums import AuditAction


class Command(BaseCommand):
    help = (
        "Seals every personal value and secret under the first of PII_KEYS while the portal goes on. It may be stopped "
        "and started again; once it reseals nothing, the former keys protect nothing in these tables."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=AT_A_TIME, help="rows read at a time")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["batch"] < 1:
            raise CommandError("--batch is at least 1.")
        record(AuditAction.RESEALED, by=By(command="rotate_pii_keys"), target=Target())
        columns: dict[str, Resealed] = {}
        for done in reseal_values(at_a_time=options["batch"]):
            columns[done.column] = done
            if sys.stderr.isatty():
                self.stderr.write(f"\r{done.column}: {done.read} rows", ending="")
        for done in columns.values():
            self.stdout.write(
                f"{done.column}: {done.resealed} of {done.read} resealed, {done.overtaken} changed meanwhile, "
                f"{done.unreadable} unreadable"
            )
        self.stdout.write(f"{sum(done.resealed for done in columns.values())} values resealed.")
        if unreadable := sum(done.unreadable for done in columns.values()):
            raise CommandError(f"{unreadable} values are altered, or under a key not in PII_KEYS.")
