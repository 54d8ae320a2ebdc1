import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consents.errors import ConsentsError
from freedom_id.conf import conf
from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.journal_file import JournalFault
from freedom_id.domain.journal_replay import replay_journal, sign_out_everybody
from freedom_id.domain.restore_journal import write_journal
from freedom_id.enums import AuditAction


class Command(BaseCommand):
    help = (
        "After a restore from a backup, before anything serves: does again what was blocked, withdrawn, ended, revoked "
        "and erased since, by the file RESTORE_JOURNAL, and signs everybody out. It may be stopped and started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=int, metavar="NUMBER", help="begin at this line, also if it is known")
        parser.add_argument("--keep-sessions", action="store_true", help="sign nobody out")

    def handle(self, *_args: Any, **options: Any) -> None:
        if conf.restore_journal is None:
            raise CommandError("RESTORE_JOURNAL is not set: there is no journal.")
        record(AuditAction.JOURNAL_REPLAYED, by=By(command="replay_journal"), target=Target())
        try:
            lines, changed = self._replay(options["since"])
            signed_out = 0 if options["keep_sessions"] else self._sign_out()
            write_journal()
        except (JournalFault, ConsentsError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{lines} lines replayed, {changed} had something to do; {signed_out} accounts signed out.")

    def _replay(self, since: int | None) -> tuple[int, int]:
        lines = changed = 0
        for done in replay_journal(since=since):
            lines += 1
            changed += done.changed
            self._tell(f"line {done.number} of {done.last}")
        return lines, changed

    def _sign_out(self) -> int:
        done = 0
        for done in sign_out_everybody():
            self._tell(f"{done} accounts signed out")
        return done

    def _tell(self, words: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{words} ", ending="")
