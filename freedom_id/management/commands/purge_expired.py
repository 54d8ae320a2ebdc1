from typing import Any

from django.core.management.base import BaseCommand

from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.purge import purge_expired
from freedom_id.enums import AuditAction


class Command(BaseCommand):
    help = "Erases what is past its time, as the worker does every hour: spent machinery, and closed accounts."

    def handle(self, *_args: Any, **_options: Any) -> None:
        record(AuditAction.PURGED, by=By(command="purge_expired"), target=Target())
        self.stdout.write(f"{purge_expired()} rows deleted.")
