"""A partner by what a request calls it."""

from django.db.models import QuerySet

from freedom_id.models import PartnerClient

LONGEST_NUMBER = 15


def clients_named(reference: str) -> QuerySet[PartnerClient]:
    """The client of this integer or UUID: one row, or none."""
    if not reference.isascii() or not reference.isprintable():
        return PartnerClient.objects.none()
    if reference.isdigit():
        return PartnerClient.objects.filter(pk=int(reference) if len(reference) <= LONGEST_NUMBER else 0)
    return PartnerClient.objects.filter(client_id=reference)
