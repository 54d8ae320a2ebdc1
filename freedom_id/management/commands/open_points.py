from typing import Any

from django.core.management.base import BaseCommand

from freedom_id.domain.asked_data import open_points
from freedom_id.domain.audit import By, Target, record
from freedom_id.enums import AuditAction, ClientStatus
from freedom_id.models import PartnerClient


class Command(BaseCommand):
    help = (
        "Publishes what the consent page asks and lets every partner ask it. Run it after an upgrade; again is no harm."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        partners = PartnerClient.objects.exclude(status=ClientStatus.CLOSED).order_by("pk")
        for client in partners:
            open_points(client)
        record(AuditAction.POINTS_OPENED, by=By(command="open_points"), target=Target("freedom_id.partnerclient"))
        self.stdout.write(f"Collection points of {len(partners)} partners are open.")
