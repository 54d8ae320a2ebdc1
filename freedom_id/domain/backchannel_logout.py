"""Tell the clients of the standard door that a person signed out (OpenID Connect Back-Channel Logout 1.0): outbox rows,
of which each try makes a logout token."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from freedom_id.conf import conf
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.pairwise_subjects import subject_of
from freedom_id.domain.partner_callbacks import RETRY_AFTER, deliver_callback, due_callbacks
from freedom_id.domain.signing_keys import sign
from freedom_id.enums import CallbackState
from freedom_id.grants import OPENID
from freedom_id.models import BackchannelLogout, TokenFamily
from freedom_id.outbound import post
from freedom_id.tasks import task_deliver_backchannel_logout

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIVES = timedelta(minutes=2)  # §2.4: "preferably at most two minutes in the future"
SUCCESS = (200, 204)  # §2.8
REFUSED = 400
# §2.5: not again "unless the OP suspects that previous transmissions may have failed due to potentially recoverable
# errors". 400 says either that the token is invalid or that the logout failed (§2.8): the second may pass.
RETRY_REFUSED_AFTER = RETRY_AFTER[:2]


def queue_backchannel_logouts(families: Iterable[TokenFamily]) -> None:
    """Queue a logout for each client that signed the person in by one of these families, which are of no use any more,
    unless it holds others of the same sign-in. Part of the transaction that ends them; three statements, however many
    they are.

    A client logged the person in if an ID token came with the family: `openid` was asked, and no token was exchanged
    for it (§2.3, "Remembering Logged-In RPs").
    """
    logouts = {
        (row["client_id"], row["sid"]): BackchannelLogout(**row)
        for row in _logged_in([family.pk for family in families])
        if OPENID in row.pop("scope").split()
    }
    if not logouts:
        return
    clients, sids = zip(*logouts, strict=True)
    rows = BackchannelLogout.objects.filter(client__in=clients, sid__in=sids)
    rows.exclude(state=CallbackState.QUEUED).delete()  # told of tokens before: these are others
    BackchannelLogout.objects.bulk_create([logouts[pair] for pair in sorted(logouts)], ignore_conflicts=True)
    for logout in logouts.values():
        dispatch_on_commit(task_deliver_backchannel_logout, callback_id=str(logout.pk))


def deliver_backchannel_logout(callback_id: str) -> None:
    """Worker: send one due logout."""
    rows = BackchannelLogout.objects.select_related("client", "account").only(
        *("url", "sid", "attempts", "account__freedom_id"),
        *("client__client_id", "client__sector_identifier", "client__id_token_signed_response_alg"),
    )
    deliver_callback(rows, callback_id, _send, taken=SUCCESS, waits=_waits)


def due_backchannel_logouts() -> list[str]:
    return due_callbacks(BackchannelLogout.objects.all())


def _logged_in(families: Sequence[UUID]) -> Iterable[Any]:
    """Whom to tell of which sign-in."""
    with_id_token = TokenFamily.objects.filter(source=None, sign_in_id__isnull=False)
    others = with_id_token.filter(
        sign_in_id=OuterRef("sign_in_id"), authorization=OuterRef("authorization"), ended_at__isnull=True
    ).exclude(pk__in=families)
    found = with_id_token.filter(~Exists(others), pk__in=families)
    told = found.exclude(authorization__client__backchannel_logout_uri="")
    return told.values(
        "scope",
        sid=F("sign_in_id"),
        account_id=F("authorization__account_id"),
        client_id=F("authorization__client_id"),
        url=F("authorization__client__backchannel_logout_uri"),
    )


def _send(logout: BackchannelLogout) -> int:
    """§2.5"""
    body = urlencode({"logout_token": _logout_token(logout)}).encode()
    return post(logout.url, body=body, headers={"Content-Type": "application/x-www-form-urlencoded"})


def _logout_token(logout: BackchannelLogout) -> str:
    """§2.4, signed as the client's ID tokens are (§2.6)."""
    now = timezone.now()
    claims = {
        "iss": conf.issuer,
        "sub": subject_of(logout.account.freedom_id, logout.client.sector_identifier),
        "aud": logout.client.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + LIVES).timestamp()),
        "jti": str(logout.pk),
        "sid": str(logout.sid),
        "events": {EVENT: {}},
    }
    return sign(claims, typ="logout+jwt", algorithm=logout.client.id_token_signed_response_alg)


def _waits(result: int | str) -> Sequence[timedelta]:
    return RETRY_REFUSED_AFTER if result == REFUSED else RETRY_AFTER
