import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive

from consents.domain.erasure import erase_subject, exported_journal, replay_erasure, shred_due
from consents.domain.subjects import find_subject, find_subject_by_id
from consents.enums import ErasureKind
from consents.errors import ConsentsError
from consents.models import Erasure, Subject


class Command(BaseCommand):
    help = "Forgets a person: keeps a skeleton of the ledger on a stated basis, or shreds everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("subject", nargs="?", type=UUID, help="The person's id in the ledger.")
        what.add_argument("--account", metavar="PK", help="The person's account instead.")
        what.add_argument("--due", action="store_true", help="Shred every skeleton whose date has come.")
        what.add_argument("--export", action="store_true", help="Print the journal as JSON Lines.")
        what.add_argument("--replay", type=Path, metavar="FILE", help="Do again what an exported journal says.")
        parser.add_argument("--kind", choices=ErasureKind.values)
        parser.add_argument("--basis", default="", help="Why a skeleton is kept, such as an article of a law.")
        parser.add_argument("--keep-until", type=_moment, metavar="ISO8601", help="With an offset from UTC.")
        parser.add_argument("--by", default="operator", help="Who does it, for the journal.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for line in self._lines(options):
                self.stdout.write(line)
        except (ConsentsError, OSError) as error:
            raise CommandError(str(error)) from error

    def _lines(self, options: dict[str, Any]) -> Iterator[str]:
        if options["export"]:
            yield from (json.dumps(line, ensure_ascii=False) for line in exported_journal())
        elif options["replay"]:
            for number, line in enumerate(options["replay"].read_text().splitlines(), start=1):
                yield f"line {number}: {'erased' if replay_erasure(_parsed(line, number)) else 'was erased already'}"
        elif options["due"]:
            yield from (_told(erasure) for erasure in shred_due(actor_ref=options["by"]))
        else:
            yield _told(self._erase(options))

    def _erase(self, options: dict[str, Any]) -> Erasure:
        subject = _subject(options)
        if options["kind"] is None:
            raise CommandError("Say --kind skeleton or --kind shred.")
        question = f"Erase subject {subject.pk} ({options['kind']})? This cannot be undone. Type yes: "
        if not options["yes"] and input(question) != "yes":
            raise CommandError("Nothing was erased.")
        return erase_subject(
            subject,
            kind=ErasureKind(options["kind"]),
            basis=options["basis"],
            keep_until=options["keep_until"],
            actor_ref=options["by"],
        )


def _subject(options: dict[str, Any]) -> Subject:
    try:
        found = find_subject(options["account"]) if options["account"] else find_subject_by_id(options["subject"])
    except ValueError:
        found = None
    if found is None:
        raise CommandError("The ledger knows no such person.")
    return found


def _told(erasure: Erasure) -> str:
    return erasure.certificate or f"subject {erasure.subject_id}: {erasure.kind}; no signer, so no certificate"


def _parsed(line: str, number: int) -> dict[str, Any]:
    try:
        parsed = json.loads(line)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise CommandError(f"Line {number} is not a line of an exported journal.")
    return parsed


def _moment(text: str) -> Any:
    moment = parse_datetime(text)
    if moment is None or is_naive(moment):
        raise ValueError
    return moment
