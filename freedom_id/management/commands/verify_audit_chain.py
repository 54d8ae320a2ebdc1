import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freedom_id.domain.audit_verification import AuditFault, Head, verify_audit_chain

HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


class Command(BaseCommand):
    help = "Checks that the audit is what was written; names the first bad entry and exits with 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", metavar="NUMBER:HASH", help='what the worker\'s log calls "audit head"')

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            head = verify_audit_chain(known=_head(options["head"]))
        except AuditFault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"The audit is sound: {head.number} entries. audit head {head.number}:{head.hash}")


def _head(text: str | None) -> Head | None:
    if text is None:
        return None
    found = HEAD.fullmatch(text)
    if found is None:
        raise CommandError("--head is a number, a colon and 64 hexadecimal digits.")
    return Head(int(found[1]), found[2])
