"""The standing decision of a person about a client: recorded, narrowed, ended."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from consents.domain.check import who_permits
from consents.domain.recording import withdraw_consents
from consents.domain.subjects import subject_for_account
from consents.enums import Actor
from freedom_id.domain.backchannel_logout import queue_backchannel_logouts
from freedom_id.domain.events import record_event
from freedom_id.domain.profile_requests import fail_open_requests
from freedom_id.domain.revoke_callbacks import queue_revoke_callback
from freedom_id.domain.sandbox_rule import may_meet, require_meeting
from freedom_id.enums import AccountStatus, ClientStatus, EndReason, EventAction
from freedom_id.grants import IDENTITY_PROVIDER, PROFILE
from freedom_id.models import (
    AccessToken,
    Account,
    Authorization,
    Grant,
    PartnerClient,
    RefreshToken,
    TokenFamily,
)
from freedom_id.signals import authorization_ended

AUTHORIZATIONS_PER_BATCH = 500


def record_authorization(
    account: Account,
    client: PartnerClient,
    *,
    grants: Mapping[str, Mapping[str, Any]],
    ends_at: datetime | None = None,
) -> Authorization:
    """Create or widen the live authorization: `grants` maps each grant allowed now to its entry, in which what is not
    said stays as it was; `ends_at` is when the connection itself ends, by what the person said last.

    Call it in the transaction that writes the ledger. Two decisions at once queue on the row, or on the account's row
    while there is none. Raises NotForThisPerson: a client in the sandbox meets its test persons alone.
    """
    Account.objects.select_for_update(no_key=True).only("pk").get(pk=account.pk)
    require_meeting(client, account.pk)
    live = (
        Authorization.objects.select_for_update(no_key=True)
        .filter(account=account, client=client, ended_at__isnull=True)
        .first()
    )
    if live is None:
        return Authorization.objects.create(account=account, client=client, grants=dict(grants), ends_at=ends_at)
    live.grants = {**live.grants, **{code: live.grants.get(code, {}) | entry for code, entry in grants.items()}}
    live.updated_at, live.ends_at = timezone.now(), ends_at
    live.save(update_fields=["grants", "updated_at", "ends_at"])
    return live


def connect(*, account_id: int, client_id: str) -> None:
    """The person agreed to be known to this client: from now on it is one of her apps. Again changes nothing, and so
    does a client or an account that is not active."""
    client = PartnerClient.objects.filter(client_id=client_id, status=ClientStatus.ACTIVE).first()
    account = Account.objects.filter(pk=account_id, status=AccountStatus.ACTIVE).first()
    if client and account and may_meet(client, account.pk):
        record_authorization(account, client, grants={})


def stop_sharing(
    account: Account,
    authorization: Authorization,
    *,
    grants: Iterable[str] | None,
    ip: str | None,
    evidence: Mapping[str, Any] | None = None,
) -> None:
    """The person stops sharing some data with a client, or all of it and the connection itself: with None, or when the
    client cannot serve without one of them.

    Ledger rows, the authorization and everything that hangs on it change in one transaction; after it, the very next
    call with any of its tokens fails (all) or lacks the field (some). `evidence` is kept with the ledger's rows.
    """
    with transaction.atomic():
        subject = subject_for_account(account)
        some = None if grants is None else set(grants)
        names = None if some is None or some & set(authorization.client.required_grants) else sorted(some)
        scope_key = authorization.client.client_id
        withdraw_consents(subject, names=names, scope_key=scope_key, actor=Actor.SELF, evidence=evidence)
        live = Authorization.objects.select_for_update(no_key=True).get(pk=authorization.pk)
        if names is None and live.ended_at is None:
            end_authorization(live, reason=EndReason.WITHDRAWN)
        record_event(account, EventAction.STOPPED, client=authorization.client, ip=ip)


def narrow_authorizations(*, account_id: int, client_id: str, grants: Iterable[str]) -> None:
    """Take withdrawn grants out of the live authorization. A partner that cannot serve without one of them loses the
    whole authorization; so does one that loses its last, or the connection itself. What else the person agreed to
    with it is withdrawn then."""
    lost = set(grants)
    for live in (
        Authorization.objects.select_for_update(of=("self",), no_key=True)
        .select_related("client")
        .filter(account_id=account_id, client__client_id=client_id, ended_at__isnull=True)
    ):
        kept = {code: entry for code, entry in live.grants.items() if code not in lost}
        needed = {IDENTITY_PROVIDER, *live.client.required_grants}
        if lost & needed or (live.grants and not kept):
            end_authorization(live, reason=EndReason.WITHDRAWN)
            _withdraw_rest(live)
            continue
        if PROFILE in lost:
            fail_open_requests(live, "consent withdrawn")
        live.grants, live.updated_at = kept, timezone.now()
        live.save(update_fields=["grants", "updated_at"])


def adjust_grant(grant: str) -> None:
    """The terms of a grant changed: it has new words, or is to retire. Whoever's consent stands keeps it, up to the
    end it has now; from the others nobody releases it any more until the person agrees anew. The authorizations stay,
    also where a partner cannot serve without it: its next sign-in asks."""
    holding = Authorization.objects.filter(ended_at__isnull=True, grants__has_key=grant)
    keys = list(holding.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), AUTHORIZATIONS_PER_BATCH):
        _adjust_grant(grant, keys[start : start + AUTHORIZATIONS_PER_BATCH])


def _adjust_grant(grant: str, keys: Sequence[UUID]) -> None:
    live = Authorization.objects.select_for_update(of=("self",), no_key=True).select_related("client").order_by("pk")
    batch = [row for row in live.filter(pk__in=keys, ended_at__isnull=True) if grant in row.grants]
    standing = who_permits(grant, [(row.account_id, row.client.client_id) for row in batch])
    for row in batch:
        decision = standing.get((row.account_id, row.client.client_id))
        if decision:
            row.grants[grant] = row.grants[grant] | grant_entry(decision.transaction_id, decision.until)
        else:
            del row.grants[grant]
        row.updated_at = timezone.now()
        row.save(update_fields=["grants", "updated_at"])
        if grant == PROFILE and decision is None:
            fail_open_requests(row, "consent superseded")


def grant_entry(transaction_id: UUID | None, until: datetime | None) -> dict[str, Any]:
    """What an authorization says of a grant: which ledger row allows it, and when that ends."""
    return {"transaction": str(transaction_id), "until": until.timestamp() if until else None}


def end_authorizations(*, account_id: int, reason: EndReason) -> None:
    """End every live authorization of an account, also one that shares nothing but who the person is."""
    live = Authorization.objects.select_for_update(no_key=True).filter(account_id=account_id, ended_at__isnull=True)
    for authorization in live.order_by("pk"):
        end_authorization(authorization, reason=reason)


def end_expired_authorizations() -> int:
    """End the authorizations whose time, as the person chose it, is over; how many. Nothing of them could be read any
    more: the ledger's rows and the tokens ended at the same moment."""
    due = Authorization.objects.filter(ended_at__isnull=True, ends_at__lte=timezone.now())
    keys = list(due.order_by("ends_at").values_list("pk", flat=True)[:AUTHORIZATIONS_PER_BATCH])
    return sum(_end_expired(key) for key in keys)


def _end_expired(key: UUID) -> bool:
    """The row is judged under its lock: the person may be sharing anew at this moment."""
    with transaction.atomic():
        rows = Authorization.objects.select_for_update(no_key=True).filter(pk=key, ended_at__isnull=True)
        live = rows.filter(ends_at__lte=timezone.now()).first()
        if live is not None:
            end_authorization(live, reason=EndReason.EXPIRED)
    return live is not None


def _withdraw_rest(ended: Authorization) -> None:
    """Else the ledger would permit what no token can use, and the next sign-in would hand it over without asking."""
    subject = subject_for_account(ended.account)
    withdraw_consents(subject, names=None, scope_key=ended.client.client_id, actor=Actor.SYSTEM)


def end_authorization(live: Authorization, *, reason: EndReason) -> None:
    """End a live authorization and everything on it: families, tokens, unredeemed codes, queued profile requests.

    Codes first: an exchange that holds its code is waited for, and its family is among those that end.
    """
    now = timezone.now()
    live.grants, live.ended_at, live.end_reason, live.updated_at = {}, now, reason, now
    live.save(update_fields=["grants", "ended_at", "end_reason", "updated_at"])
    Grant.objects.filter(authorization=live, spent_at__isnull=True).update(spent_at=now, updated=now)
    for family in TokenFamily.objects.filter(authorization=live, ended_at__isnull=True).order_by("pk"):
        end_family(family, reason=reason)
    fail_open_requests(live, "authorization ended")
    authorization_ended.send(sender=Authorization, authorization=live, reason=reason)


def end_family(family: TokenFamily, *, reason: EndReason) -> bool:
    """End one sign-in at one client: its tokens die now, also those that were exchanged for them; its partner is told
    through the outbox. False when it had ended before."""
    now = timezone.now()
    ended = TokenFamily.objects.filter(pk=family.pk, ended_at__isnull=True).update(ended_at=now, end_reason=reason)
    if not ended:
        return False
    AccessToken.objects.filter(family=family).delete()
    RefreshToken.objects.filter(family=family, revoked__isnull=True).update(revoked=now, updated=now)
    queue_revoke_callback(family)
    for exchanged in TokenFamily.objects.filter(source=family, ended_at__isnull=True).order_by("pk"):
        end_family(exchanged, reason=reason)
    return True


def sign_out_families(families: QuerySet[TokenFamily], *, reason: EndReason) -> None:
    """The person signs out, or is signed out: end what lives of `families`, and tell the clients which she signed in to
    by them, each in one logout per sign-in. Every way to sign out comes here, in the caller's transaction."""
    living = families.filter(ended_at__isnull=True).order_by("pk")
    queue_backchannel_logouts([family for family in living if end_family(family, reason=reason)])


def end_sign_in(sign_in_id: str) -> None:
    """The browser session ended: end every code and family that came from it. The authorizations stay; no consent is
    withdrawn."""
    now = timezone.now()
    with transaction.atomic():
        codes = Grant.objects.filter(sign_in_id=sign_in_id, spent_at__isnull=True, expires__gt=now)
        codes.update(spent_at=now, updated=now)
        sign_out_families(TokenFamily.objects.filter(sign_in_id=sign_in_id), reason=EndReason.SIGNED_OUT)
