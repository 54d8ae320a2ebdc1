"""Partners: registration, secrets, suspension, and what a client may name."""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import translation

from consents.domain.collection_points import close_collection_point, open_collection_point, points_of
from consents.domain.purposes import NoticeText, notices_for, publish_purpose
from consents.enums import Channel, PurposeScope
from freedom_id.domain.authorizations import end_authorization
from freedom_id.domain.profile_requests import fail_open_requests
from freedom_id.domain.rate_limits import FAILED_CLIENTS, FAILED_CLIENTS_PER_IP, spend_allowance
from freedom_id.enums import ClientStatus, EndReason
from freedom_id.errors import InvalidClient, InvalidFields
from freedom_id.grants import (
    ACCOUNT,
    ASKED,
    CONSENTS,
    GRANTS,
    IDENTITY_PROVIDER,
    OPERATOR_SCOPES,
    PROFILE,
    SCOPES,
)
from freedom_id.models import Authorization, PartnerClient
from freedom_id.sealing import digest

HOST = re.compile(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:.]+")  # what may stand in a Content-Security-Policy
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
SIGN_IN_PAGE = "sign-in"
IDENTITY_DOOR = "identity-v4"


@dataclass(frozen=True)
class NewClient:
    """What a partner states about itself; `grants` ⊇ `required_grants`, both codes of `grants.GRANTS`. `max_devices` is
    on how many a person may be signed in at once, at least one; None sets no limit."""

    name: str
    redirect_uris: Sequence[str]
    grants: Sequence[str] = ()
    required_grants: Sequence[str] = ()
    client_type: str = "confidential"
    grant_types: Sequence[str] = ("authorization_code", "refresh_token")
    scopes: Sequence[str] = ("openid", "profile", "email", "phone", "offline_access")
    operator_scopes: Sequence[str] = ()
    first_party: bool = False
    native: bool = False
    max_devices: int | None = None
    revoke_uris: Sequence[str] = ()
    legal_name: str = ""
    website: str = ""


def register_client(new: NewClient) -> tuple[PartnerClient, str]:
    """Create a partner and its collection points. Returns it with the secret in clear, which is shown once and never
    stored ("" for a public client). Raises InvalidFields."""
    _check(new)
    with transaction.atomic():
        client = PartnerClient(
            name=new.name,
            redirect_uris=" ".join(new.redirect_uris),
            grants=list(new.grants),
            required_grants=list(new.required_grants),
            client_type=new.client_type,
            grant_types=list(new.grant_types),
            scopes=list(new.scopes),
            operator_scopes=list(new.operator_scopes),
            first_party=new.first_party,
            native=new.native or new.client_type == "public",
            max_devices=new.max_devices,
            revoke_uris=" ".join(new.revoke_uris),
            legal_name=new.legal_name,
            website=new.website,
        )
        secret = _draw_secret(client) if new.client_type == "confidential" else ""
        client.save()
        open_points(client)
    return client, secret


def open_points(client: PartnerClient) -> None:
    """Open (or adjust) where the client's people are asked: our sign-in page, for exactly its purposes, and its own
    pages through the Identity door, for what staff lets it ask there."""
    publish_grant_purposes()
    asked = {IDENTITY_PROVIDER, *askable_grants(client)}
    open_collection_point(name=SIGN_IN_PAGE, recipient=client.client_id, channel=Channel.WEB, purposes=asked)
    if {CONSENTS, ACCOUNT} & {*client.scopes}:
        open_collection_point(
            name=IDENTITY_DOOR,
            recipient=client.client_id,
            channel=Channel.API,
            purposes=[IDENTITY_PROVIDER],
            keep_others=True,
        )


def adjust_asked_data(client: PartnerClient) -> None:
    """After a change of `grants` or `scopes`: adjust what its people can be asked, and stop releasing what it may not
    ask for any more. Call it in the transaction of the change."""
    open_points(client)
    allowed = askable_grants(client)
    for live in Authorization.objects.select_for_update().filter(client=client, ended_at__isnull=True):
        if set(live.grants) - allowed:
            live.grants = {code: entry for code, entry in live.grants.items() if code in allowed}
            live.save(update_fields=["grants"])
            if PROFILE not in allowed:
                fail_open_requests(live, "no longer allowed")


def askable_grants(client: PartnerClient) -> set[str]:
    return {*client.grants, *(grant for scope in client.scopes for grant in SCOPES.get(scope, ()))}


def publish_grant_purposes() -> None:
    """Publish whatever the consent page asks and is not published yet as a consent purpose, with its text in every
    language of the site.

    A published text is left alone: a new wording is a new version, which asks everybody again, so staff decides that.
    """
    published = notices_for(list(ASKED), locale=settings.LANGUAGE_CODE)
    for code, grant in ASKED.items():
        if code in published:
            continue
        texts = {}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                texts[language] = NoticeText(title=str(grant.title), text=str(grant.text))
        data_items = [grant.field] if code in GRANTS else []
        publish_purpose(code, scope=PurposeScope.PER_CLIENT, texts=texts, data_items=data_items)


def rotate_client_secret(client: PartnerClient) -> str:
    """Give the client a new secret; the former stops at once. Returns the secret in clear, once."""
    secret = _draw_secret(client)
    client.save(update_fields=["client_secret", "callback_key", "updated"])
    return secret


def suspend_client(client: PartnerClient) -> None:
    """Its tokens stop working at the next call, because every read checks the client's status."""
    client.status = ClientStatus.SUSPENDED
    client.save(update_fields=["status", "updated"])


def resume_client(client: PartnerClient) -> None:
    """Undo a suspension; a closed partner stays closed."""
    PartnerClient.objects.filter(pk=client.pk, status=ClientStatus.SUSPENDED).update(status=ClientStatus.ACTIVE)
    client.refresh_from_db(fields=["status"])


def close_client(client: PartnerClient) -> None:
    """End the partner for good: every authorization and token of it ends in the same transaction."""
    with transaction.atomic():
        client.status = ClientStatus.CLOSED
        client.save(update_fields=["status", "updated"])
        for point in points_of(client.client_id):
            close_collection_point(point)
        for authorization in Authorization.objects.filter(client=client, ended_at__isnull=True).order_by("pk"):
            end_authorization(authorization, reason=EndReason.CLIENT_CLOSED)


def secret_matches(secret: str, stored: str) -> bool:
    """Compare a presented secret with the stored digest in constant time."""
    return bool(stored) and hmac.compare_digest(digest(secret, "client-secret"), stored)


def refuse_client(client_id: str, ip: str) -> InvalidClient:
    """The error for a failed client authentication, after counting it per client and address.

    Raises RateLimited instead when the failures pass the limit. A right secret is never held up by it.
    """
    spend_allowance(FAILED_CLIENTS_PER_IP, ip)
    spend_allowance(FAILED_CLIENTS, f"{digest(client_id, 'client-id')[:32]}:{ip}")
    return InvalidClient(f"client {client_id[:36]!r}")


def redirect_uri_problem(uri: str, *, native: bool) -> str:
    """Why `uri` cannot be registered, or "" (RFC 9700 §4.1.3, RFC 8252 §7)."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        return "is not an address"
    if "#" in uri or parts.username is not None or any(c.isspace() or ord(c) < 33 for c in uri) or "*" in uri:
        return "must be a plain address without fragment, user name or wildcard"
    if parts.scheme in ("http", "https") and not HOST.fullmatch(host):
        return "must have a plain host name"
    if parts.scheme == "https" and host:
        return ""
    if parts.scheme == "http" and host in LOOPBACK:
        return ""
    if native and "." in parts.scheme:
        return ""
    return "must be https (native apps: a private-use scheme in reverse domain form, or loopback)"


def _check(new: NewClient) -> None:
    errors: dict[str, list[str]] = {}
    native = new.native or new.client_type == "public"
    for field, uris, may_be_native in (
        ("redirect_uris", new.redirect_uris, native),
        ("revoke_uris", new.revoke_uris, False),
    ):
        for index, uri in enumerate(uris):
            if problem := redirect_uri_problem(uri, native=may_be_native):
                errors[f"{field}.{index}"] = [f"The address {problem}."]
    for field, values, known in (
        ("grants", new.grants, GRANTS),
        ("scopes", new.scopes, SCOPES),
        ("operator_scopes", new.operator_scopes, OPERATOR_SCOPES),
    ):
        errors |= {f"{field}.{i}": [f"Unknown: {v}."] for i, v in enumerate(values) if v not in known}
    if set(new.required_grants) - set(new.grants):
        errors["required_grants"] = ["Required data must be among the grants."]
    if ACCOUNT in new.scopes and not new.first_party:
        errors["scopes"] = ["Only a client of the group may have the scope account."]
    if new.operator_scopes and new.client_type == "public":
        errors["operator_scopes"] = ["A client without a secret can do nothing by itself."]
    if not new.redirect_uris and "authorization_code" in new.grant_types:
        errors["redirect_uris"] = ["At least one address is needed."]
    if errors:
        raise InvalidFields(errors)


def _draw_secret(client: PartnerClient) -> str:
    secret = secrets.token_urlsafe(32)
    client.client_secret = digest(secret, "client-secret")
    client.callback_key = callback_key(secret)
    return secret


def callback_key(secret: str) -> str:
    """The key of callback signatures, which the partner derives from its secret: HMAC-SHA256(secret, "callback")."""
    return hmac.digest(secret.encode(), b"callback", "sha256").hex()
