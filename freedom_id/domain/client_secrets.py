"""The secrets of a partner, and how it authenticates: drawn, overlapping, ended, compared, and when they were used."""

import hmac
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from freedom_id.domain.rate_limits import FAILED_CLIENTS, FAILED_CLIENTS_PER_IP, spend_allowance
from freedom_id.domain.restore_journal import note
from freedom_id.domain.rfc7517_public_keys import public_keys_problem
from freedom_id.domain.rows import ClientRow
from freedom_id.domain.statements import mark_secret_used
from freedom_id.enums import ClientAuthentication, JournalKind
from freedom_id.errors import InvalidClient, InvalidFields, UnauthorizedClient
from freedom_id.models import PartnerClient
from freedom_id.sealing import digest, token_digest

SECRET_OVERLAP = timedelta(days=7)
USE_MARKED_EVERY = timedelta(hours=1)
NO_FORMER_SECRET: dict[str, Any] = {
    "previous_secret": "",
    "previous_callback_key": "",
    "previous_secret_expires_at": None,
    "previous_secret_drawn_at": None,
    "previous_secret_used_at": None,
}
# The key that signs callbacks stays for those that are on their way.
NO_SECRET: dict[str, Any] = {"client_secret": "", "secret_drawn_at": None, "secret_used_at": None} | NO_FORMER_SECRET
SECRET_FIELDS = ["callback_key", *NO_SECRET]


def rotate_secret(client: PartnerClient, *, overlap: timedelta = SECRET_OVERLAP) -> str:
    """Give the client a new secret. The present one works on for `overlap`; one from before that stops now. Returns
    the new secret in clear, once. Raises UnauthorizedClient for a client that does not authenticate by a secret."""
    with transaction.atomic():
        rows = PartnerClient.objects.select_for_update(no_key=True)
        locked = rows.only(*SECRET_FIELDS, "token_endpoint_auth_method").get(pk=client.pk)
        if locked.token_endpoint_auth_method != ClientAuthentication.SECRET:
            raise UnauthorizedClient("has no secret")
        _note_ended_secrets(locked)
        if locked.client_secret:  # else it authenticated otherwise until now
            locked.previous_secret, locked.previous_callback_key = locked.client_secret, locked.callback_key
            locked.previous_secret_expires_at = timezone.now() + overlap
            locked.previous_secret_drawn_at = locked.secret_drawn_at
            locked.previous_secret_used_at = locked.secret_used_at
        secret = draw_secret(locked)
        locked.save(update_fields=[*SECRET_FIELDS, "updated"])
    client.refresh_from_db(fields=SECRET_FIELDS)
    return secret


def revoke_previous_secret(client: PartnerClient) -> None:
    """The former secret stops now, without waiting for the end of the overlap. Without one nothing changes."""
    with transaction.atomic():
        PartnerClient.objects.filter(pk=client.pk).update(**NO_FORMER_SECRET, updated=timezone.now())
        note(JournalKind.SECRETS_ENDED, client=client.client_id, secrets=_fingerprints(client.previous_secret))
    client.refresh_from_db(fields=SECRET_FIELDS)


def end_secrets(client: PartnerClient) -> None:
    """No secret of the client authenticates it any more; the next one is drawn by `rotate_secret`."""
    with transaction.atomic():
        PartnerClient.objects.filter(pk=client.pk).update(**NO_SECRET, updated=timezone.now())
        _note_ended_secrets(client)
    client.refresh_from_db(fields=SECRET_FIELDS)


def change_authentication(
    client: PartnerClient, *, method: str, jwks: Mapping[str, Any] | None, also: Collection[str] = ()
) -> None:
    """How a confidential client authenticates from now on, and its public keys; `also` are fields that are saved in the
    same step. By assertion: its secrets end. By a secret again: it needs a new one. Raises InvalidFields."""
    errors = authentication_errors(client.client_type, method, jwks, revoke_uris=client.revoke_uris.split())
    if errors:
        raise InvalidFields(errors)
    client.token_endpoint_auth_method, client.jwks, client.keys_used_at = method, dict(jwks) if jwks else None, None
    fields = ["token_endpoint_auth_method", "jwks", "keys_used_at", "updated", *also]
    if method == ClientAuthentication.PRIVATE_KEY_JWT:
        _note_ended_secrets(client)
        for name, nothing in NO_SECRET.items():
            setattr(client, name, nothing)
        fields += NO_SECRET
    client.save(update_fields=fields)


def authentication_errors(
    client_type: str, method: str, jwks: Mapping[str, Any] | None, *, revoke_uris: Sequence[str]
) -> dict[str, list[str]]:
    """What contradicts itself in how a client is to authenticate, by field; {} when nothing does."""
    errors: dict[str, list[str]] = {}
    if (method == ClientAuthentication.NONE) != (client_type == "public") or method not in ClientAuthentication.values:
        errors["token_endpoint_auth_method"] = ["A public client does not authenticate, every other one does."]
    if jwks is not None and (problem := public_keys_problem(jwks)):
        errors["jwks"] = [problem]
    if method == ClientAuthentication.PRIVATE_KEY_JWT and jwks is None:
        errors["jwks"] = ["Public keys are needed to authenticate by private_key_jwt."]
    if method == ClientAuthentication.PRIVATE_KEY_JWT and revoke_uris:
        errors["revoke_uris"] = ["Callbacks are signed by the secret, and with private_key_jwt there is none."]
    return errors


def end_named_secrets(client: PartnerClient, fingerprints: Collection[str]) -> bool:
    """End the secrets that have these fingerprints (`JournalKind.SECRETS_ENDED`), after a restore. With the present one
    both end, and the client needs a new one. Whether there was such a secret."""
    if set(_fingerprints(client.client_secret)) & set(fingerprints):
        PartnerClient.objects.filter(pk=client.pk).update(**NO_SECRET, updated=timezone.now())
    elif set(_fingerprints(client.previous_secret)) & set(fingerprints):
        revoke_previous_secret(client)
    else:
        return False
    return True


def prove_secret(client: ClientRow | PartnerClient, secret: str) -> bool:
    """Whether a presented secret is a live one of the client. That it was used is kept: one statement, and none for
    the hour after it."""
    now = timezone.now()
    live = client.live_secrets(now)
    equal = _equal(secret, live)
    if not any(equal):
        return False
    place = equal.index(True)
    used_at = (client.secret_used_at, client.previous_secret_used_at)[place]
    before = now - USE_MARKED_EVERY
    if used_at is None or used_at <= before:
        mark_secret_used(client.id, live[place], now=now, before=before)
    return True


def note_keys_used(client: PartnerClient) -> None:
    """Keep that one of the client's public keys proved it now, once an hour."""
    now = timezone.now()
    before = now - USE_MARKED_EVERY
    if client.keys_used_at is None or client.keys_used_at <= before:
        known = Q(keys_used_at__isnull=True) | Q(keys_used_at__lte=before)
        PartnerClient.objects.filter(known, pk=client.pk).update(keys_used_at=now)


def secret_matches(secret: str, *stored: str) -> bool:
    """Whether a presented secret has one of the stored digests."""
    return any(_equal(secret, stored))


def refuse_client(client_id: str, ip: str) -> InvalidClient:
    """The error for a failed client authentication, after counting it per client and address.

    Raises RateLimited instead when the failures pass the limit. A right secret is never held up by it.
    """
    spend_allowance(FAILED_CLIENTS_PER_IP, ip)
    spend_allowance(FAILED_CLIENTS, f"{digest(client_id, 'client-id')[:32]}:{ip}")
    return InvalidClient(f"client {client_id[:36]!r}")


def draw_secret(client: PartnerClient) -> str:
    """Put the digests of a new secret into the row, which the caller saves. Returns the secret in clear, once."""
    secret = secrets.token_urlsafe(32)
    client.client_secret = digest(secret, "client-secret")
    client.callback_key = callback_key(secret)
    client.secret_drawn_at, client.secret_used_at = timezone.now(), None
    return secret


def callback_key(secret: str) -> str:
    """The key of callback signatures, which the partner derives from its secret: HMAC-SHA256(secret, "callback")."""
    return hmac.digest(secret.encode(), b"callback", "sha256").hex()


def _equal(secret: str, stored: Sequence[str]) -> list[bool]:
    """Which of the stored digests it has: each is compared, in constant time."""
    presented = digest(secret, "client-secret")
    return [hmac.compare_digest(presented, known) for known in stored]


def _note_ended_secrets(client: PartnerClient) -> None:
    note(
        JournalKind.SECRETS_ENDED,
        client=client.client_id,
        secrets=_fingerprints(client.client_secret, client.previous_secret),
    )


def _fingerprints(*digests: str) -> list[str]:
    """By which a secret is known again, and nothing else can be done."""
    return [token_digest(found)[:16] for found in digests if found]
