import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.personal_copy import as_document, chapters_of
from freedom_id.enums import AuditAction
from freedom_id.models import Account

STDOUT = Path("-")


class Command(BaseCommand):
    help = (
        "Writes everything that the house holds about a person, as she gets it from her own pages, into a new file "
        "that its owner alone can read. It is an entry of the audit, and the person sees it in her journal."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ssoid", type=int, metavar="SSOID")
        parser.add_argument("--out", type=Path, metavar="FILE", help="account-SSOID.json by default; - is stdout")

    def handle(self, *_args: Any, **options: Any) -> None:
        account = Account.objects.filter(pk=options["ssoid"], erased_at=None).first()
        if account is None:
            raise CommandError("There is no such account.")
        path: Path = options["out"] or Path(f"account-{account.pk}.json")
        record(AuditAction.PERSON_COPIED, by=By(command="export_account"), target=Target.of(account))
        document = as_document(dict(chapters_of(account)))
        if path == STDOUT:
            self.stdout.write(document)
            return
        try:
            _write_new(path, document)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        self.stdout.write(f"{path} holds the copy of account {account.pk}: keep it like what is in it.")


def _write_new(path: Path, document: str) -> None:
    """A file that is there already is left alone, and a link is not followed."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        try:
            file.write(document)
        except OSError:
            path.unlink()
            raise
