"""Suspension of a partner, and its end."""

from django.db import transaction
from django.utils import timezone

from consents.domain.collection_points import close_collection_point, points_of
from freedom_id.domain.authorizations import end_authorization
from freedom_id.domain.partner_messages import tell_contact
from freedom_id.domain.restore_journal import note
from freedom_id.enums import ClientStatus, EndReason, JournalKind, PartnerMessageKind
from freedom_id.models import Authorization, PartnerClient

STATUS_FIELDS = ["status", "suspended_by"]


def suspend_client(client: PartnerClient, *, by: PartnerClient | None = None) -> None:
    """Its tokens stop working at the next call, because every read checks the client's status. `by` is the operator
    that does it; without, it is staff, whose suspension no operator undoes. A closed partner stays closed."""
    suspendable = PartnerClient.objects.filter(pk=client.pk, status=ClientStatus.ACTIVE)
    if by is None:
        suspendable = PartnerClient.objects.filter(pk=client.pk).exclude(status=ClientStatus.CLOSED)
    with transaction.atomic():
        if suspendable.update(status=ClientStatus.SUSPENDED, suspended_by=by, updated=timezone.now()):
            note(JournalKind.CLIENT_SUSPENDED, client=client.client_id, by=by.client_id if by else None)
            tell_contact(client, PartnerMessageKind.SUSPENDED)
    client.refresh_from_db(fields=STATUS_FIELDS)


def resume_client(client: PartnerClient, *, by: PartnerClient | None = None) -> None:
    """Undo a suspension: staff any, an operator (`by`) its own. A closed partner stays closed."""
    suspended = PartnerClient.objects.filter(pk=client.pk, status=ClientStatus.SUSPENDED)
    if by is not None:
        suspended = suspended.filter(suspended_by=by)
    with transaction.atomic():
        if suspended.update(status=ClientStatus.ACTIVE, suspended_by=None, updated=timezone.now()):
            note(JournalKind.CLIENT_RESUMED, client=client.client_id)
            tell_contact(client, PartnerMessageKind.RESUMED)
    client.refresh_from_db(fields=STATUS_FIELDS)


def close_client(client: PartnerClient) -> None:
    """End the partner for good: every authorization and token of it ends in the same transaction."""
    with transaction.atomic():
        client.status, client.suspended_by = ClientStatus.CLOSED, None
        client.save(update_fields=[*STATUS_FIELDS, "updated"])
        for point in points_of(client.client_id):
            close_collection_point(point)
        for authorization in Authorization.objects.filter(client=client, ended_at__isnull=True).order_by("pk"):
            end_authorization(authorization, reason=EndReason.CLIENT_CLOSED)
        note(JournalKind.CLIENT_CLOSED, client=client.client_id)
        tell_contact(client, PartnerMessageKind.CLOSED)
