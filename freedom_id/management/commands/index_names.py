from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.name_search import AT_A_TIME, index_names
from freedom_id.enums import AuditAction


class Command(BaseCommand):
    help = (
        "Lets staff find by name the people whose accounts are older than this search. The portal goes on meanwhile; "
        "it may be stopped and started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=AT_A_TIME, help="rows read at a time")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["batch"] < 1:
            raise CommandError("--batch is at least 1.")
        record(AuditAction.NAMES_INDEXED, by=By(command="index_names"), target=Target())
        self.stdout.write(f"{sum(index_names(at_a_time=options['batch']))} accounts can be found by name now.")
