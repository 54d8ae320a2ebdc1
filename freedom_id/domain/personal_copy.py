"""Everything that the house holds about a person, for herself (GDPR articles 15 and 20): chapter by chapter, in plain
values. Times are UTC. Secrets, digests and keys are not in it, nor who of the staff did something."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.module_loading import import_string

from consents.domain.queries.own_copy import (
    own_decisions,
    own_evidence,
    own_evidence_accesses,
    own_receipts,
    own_standing,
)
from consents.domain.subjects import find_subject
from freedom_id.conf import conf
from freedom_id.domain.person import person_of
from freedom_id.grants import GRANTS
from freedom_id.models import (
    Account,
    AccountEvent,
    AccountNote,
    Authenticator,
    Authorization,
    BrowserSignIn,
    Credential,
    Device,
    FederatedId,
    Notice,
    OneTimeCode,
    Passkey,
    ProfileRequest,
    TokenFamily,
    TwoStepChallenge,
)

Rows = Iterator[dict[str, Any]]


def _account(account: Account) -> Rows:
    person = person_of(account)
    values = {grant.field: person.value(grant.field) for grant in GRANTS.values() if grant.unlocks_field}
    yield {
        "ssoid": account.pk,
        "freedom_id": account.freedom_id,
        "language": account.locale,
        "created_at": account.created_at,
        "last_sign_in": account.last_login,
        "personal_data": values | {"lastname": account.lastname, "patronymic": account.patronymic},
    }


def _ways_to_sign_in(account: Account) -> Rows:
    if account.has_usable_password():
        yield {"type": "password"}
    for row in Credential.objects.filter(account=account).order_by("created_at"):
        yield _way(row) | {"value": row.value, "main": row.is_primary}
    for held in Authenticator.objects.filter(account=account).defer("secret").order_by("created_at"):
        yield _way(held)
    for bound in FederatedId.objects.filter(account=account).order_by("created_at"):
        yield _way(bound) | {"value": bound.value}
    for key in Passkey.objects.filter(account=account).defer("public_key").order_by("created_at"):
        seen = {"last_used": key.last_used_at, "backed_up": key.backed_up}
        yield {"type": "passkey", "name": key.name, "added_at": key.created_at} | seen


def _way(row: Credential | Authenticator | FederatedId) -> dict[str, Any]:
    return {"type": row.type, "added_at": row.created_at, "proven_at": row.verified_at}


def _devices(account: Account) -> Rows:
    for device in Device.objects.select_related("client").filter(account=account).order_by("first_seen"):
        yield {
            "name": str(device),
            "model": device.model,
            "app": device.client.name if device.client else None,
            "language": device.locale,
            "first_seen": device.first_seen,
            "last_seen": device.last_seen,
            "last_ip": device.last_ip,
            "trusted_since": device.trusted_at,
            "gets_pushes": bool(device.push_token),
            "signed_out_at": device.signed_out_at,
        }


def _sign_ins(account: Account) -> Rows:
    """In a browser, and by an app."""
    for row in BrowserSignIn.objects.select_related("device").filter(device__account=account).order_by("started_at"):
        yield {
            "device": str(row.device),
            "since": row.started_at,
            "proven_by": row.proven_by,
            "second_proof_at": row.stepped_up_at,
            "ended_at": row.ended_at,
        }
    families = TokenFamily.objects.select_related("authorization__client").filter(authorization__account=account)
    for family in families.order_by("created_at"):
        yield {
            "app": family.authorization.client.name,
            "since": family.created_at,
            "scope": family.scope,
            "data": sorted(family.grants),
            "expires_at": family.expires_at,
            "ended_at": family.ended_at,
            "end_reason": family.end_reason,
        }


def _apps(account: Account) -> Rows:
    rows = Authorization.objects.select_related("client").filter(account=account).order_by("created_at")
    for row in rows:
        yield {
            "name": row.client.name,
            "client_id": row.client.client_id,
            "since": row.created_at,
            "data": sorted(row.grants),
            "ended_at": row.ended_at,
            "end_reason": row.end_reason,
        }


def _profile_requests(account: Account) -> Rows:
    """When an app asked for the whole profile; what it got is erased after an hour."""
    rows = ProfileRequest.objects.select_related("authorization__client").filter(authorization__account=account)
    for row in rows.defer("parcel").order_by("created_at"):
        yield {
            "app": row.authorization.client.name,
            "asked_at": row.created_at,
            "state": row.state,
            "reason": row.reason,
            "finished_at": row.finished_at,
        }


def _profile(account: Account) -> Rows:
    """What an app with the consent to it would be given."""
    profile: dict[str, Any] = {}
    for path in conf.profile_sources:
        profile |= import_string(path)(account, {})
    yield profile


def _codes(account: Account) -> Rows:
    rows = OneTimeCode.objects.select_related("client").filter(account=account).order_by("created_at")
    for row in rows:
        yield {
            "purpose": row.purpose,
            "channel": row.channel,
            "address": row.address,
            "app": row.client.name if row.client else row.requested_by,
            "asked_at": row.created_at,
            "sent_at": row.sent_at,
            "used_at": row.consumed_at,
        }


def _approvals(account: Account) -> Rows:
    rows = TwoStepChallenge.objects.select_related("client", "approving_device").filter(account=account)
    for row in rows.order_by("created_at"):
        yield {
            "app": row.client.name,
            "act": row.act,
            "method": row.method,
            "device": row.device_model_name or row.device_model,
            "ip": row.ip,
            "asked_at": row.created_at,
            "state": row.state,
            "decided_at": row.decided_at,
            "decided_on": str(row.approving_device) if row.approving_device else None,
        }


def _notices(account: Account) -> Rows:
    for row in Notice.objects.filter(account=account).order_by("created_at"):
        yield {
            "what": row.kind,
            "about": row.about,
            "shown_as": row.masked,
            "channel": row.channel,
            "address": row.address,
            "created_at": row.created_at,
            "sent_at": row.sent_at,
        }


def _activity(account: Account) -> Rows:
    """Her journal, with each look-up of her by an operator."""
    events = AccountEvent.objects.select_related("client", "actor").filter(account=account).order_by("-happened_at")
    for event in events:
        yield {
            "what": event.action,
            "app": event.client.name if event.client else None,
            "done_by": event.actor.name if event.actor else None,
            "channel": event.channel,
            "ip": event.ip,
            "reason": event.reason,
            "when": event.happened_at,
        }


def _notes(account: Account) -> Rows:
    """What staff noted about her; not who it was."""
    for note in AccountNote.objects.filter(account=account).order_by("written_at"):
        yield {"text": note.text, "when": note.written_at}


def _of_the_ledger(read: Callable[[Any], Iterable[dict[str, Any]]]) -> Callable[[Account], Iterable[dict[str, Any]]]:
    """Nothing of somebody who never decided."""

    def chapter(account: Account) -> Iterable[dict[str, Any]]:
        subject = find_subject(account.pk)
        return [] if subject is None else read(subject)

    return chapter


CHAPTERS: dict[str, Callable[[Account], Iterable[dict[str, Any]]]] = {
    "account": _account,
    "ways_to_sign_in": _ways_to_sign_in,
    "devices": _devices,
    "sign_ins": _sign_ins,
    "apps": _apps,
    "decisions": _of_the_ledger(own_decisions),
    "standing": _of_the_ledger(own_standing),
    "receipts": _of_the_ledger(own_receipts),
    "evidence": _of_the_ledger(own_evidence),
    "evidence_accesses": _of_the_ledger(own_evidence_accesses),
    "profile": _profile,
    "profile_requests": _profile_requests,
    "codes": _codes,
    "approvals": _approvals,
    "notices": _notices,
    "activity": _activity,
    "notes": _notes,
}


def chapters_of(account: Account) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Each chapter's name and what is in it now, one after the other."""
    for name, chapter in CHAPTERS.items():
        yield name, list(chapter(account))


def as_document(chapters: Mapping[str, object]) -> str:
    """The copy as the JSON document that the person gets."""
    written = {"made_at": timezone.now(), **chapters}
    return json.dumps(written, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
