"""What a partner may name no more, from an address to a datum: kept for a restore, and taken again after one."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from freedom_id.domain.asked_data import adjust_asked_data
from freedom_id.domain.restore_journal import note
from freedom_id.enums import JournalKind
from freedom_id.models import PartnerClient

ADDRESSES = ("redirect_uris", "post_logout_redirect_uris")  # space separated
WORDS = ("grants", "scopes", "operator_scopes", "grant_types")
ASKED_DATA = {"grants", "scopes"}


def note_narrowed(client: PartnerClient) -> None:
    """Keep for a restore what `client` has no more. Call it before `client` is saved with what it is to have, in the
    transaction of the change."""
    stored = _locked(client)
    lost = {name: sorted({*_values(stored, name)} - {*_values(client, name)}) for name in (*ADDRESSES, *WORDS)}
    taken = {name: values for name, values in lost.items() if values}
    if taken:
        note(JournalKind.CLIENT_NARROWED, client=client.client_id, taken=taken)


def take_from_client(client: PartnerClient, taken: Mapping[str, Sequence[str]]) -> bool:
    """Take from the client, after a restore, what `note_narrowed` named, and from its connections the data that it may
    not ask for any more. Whether it had any of that."""
    with transaction.atomic():
        stored = _locked(client)
        changed = {name for name, values in taken.items() if {*_values(stored, name)} & {*values}}
        for name in changed:
            left = [value for value in _values(stored, name) if value not in taken[name]]
            setattr(stored, name, " ".join(left) if name in ADDRESSES else left)
        stored.required_grants = [grant for grant in stored.required_grants if grant in stored.grants]
        stored.save(update_fields=[*changed, "required_grants", "updated"])
        if changed & ASKED_DATA:
            adjust_asked_data(stored)
    return bool(changed)


def _locked(client: PartnerClient) -> PartnerClient:
    return PartnerClient.objects.select_for_update(no_key=True).defer("logo").get(pk=client.pk)


def _values(client: PartnerClient, name: str) -> list[str]:
    found = getattr(client, name)
    return found.split() if name in ADDRESSES else list(found)
