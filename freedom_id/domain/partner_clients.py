"""Partners: registration, secrets, suspension, and what a client may name."""

import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation

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
SECRET_OVERLAP = timedelta(days=7)
SECRET_FIELDS = [
    *("client_secret", "callback_key"),
    *("previous_secret", "previous_callback_key", "previous_secret_expires_at"),
]
STATUS_FIELDS = ["status", "suspended_by"]
LONGEST_NUMBER = 15


@dataclass(frozen=True)
class NewClient:
    """What a partner states about itself; `grants` ⊇ `required_grants`, both codes of `grants.GRANTS`. `names` and
    `legal_names` are for other languages than English, `created_by` is the operator's client that registers it.
    `max_devices` is on how many a person may be signed in at once, at least one; None sets no limit."""

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
    post_logout_redirect_uris: Sequence[str] = ()
    legal_name: str = ""
    website: str = ""
    names: Mapping[str, str] = dataclass_field(default_factory=dict)
    legal_names: Mapping[str, str] = dataclass_field(default_factory=dict)
    country: str = ""
    created_by: PartnerClient | None = None


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
            post_logout_redirect_uris=" ".join(new.post_logout_redirect_uris),
            legal_name=new.legal_name,
            website=new.website,
            names=dict(new.names),
            legal_names=dict(new.legal_names),
            country=new.country,
            created_by=new.created_by,
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


def rotate_secret(client: PartnerClient, *, overlap: timedelta = SECRET_OVERLAP) -> str:
    """Give the client a new secret. The present one works on for `overlap`; one from before that stops now. Returns
    the new secret in clear, once."""
    with transaction.atomic():
        locked = PartnerClient.objects.select_for_update(no_key=True).only(*SECRET_FIELDS).get(pk=client.pk)
        locked.previous_secret, locked.previous_callback_key = locked.client_secret, locked.callback_key
        locked.previous_secret_expires_at = timezone.now() + overlap
        secret = _draw_secret(locked)
        locked.save(update_fields=[*SECRET_FIELDS, "updated"])
    client.refresh_from_db(fields=SECRET_FIELDS)
    return secret


def revoke_previous_secret(client: PartnerClient) -> None:
    """The former secret stops now, without waiting for the end of the overlap. Without one nothing changes."""
    none = {"previous_secret": "", "previous_callback_key": "", "previous_secret_expires_at": None}
    PartnerClient.objects.filter(pk=client.pk).update(**none, updated=timezone.now())
    client.refresh_from_db(fields=SECRET_FIELDS)


def suspend_client(client: PartnerClient, *, by: PartnerClient | None = None) -> None:
    """Its tokens stop working at the next call, because every read checks the client's status. `by` is the operator
    that does it; without, it is staff, whose suspension no operator undoes. A closed partner stays closed."""
    suspendable = PartnerClient.objects.filter(pk=client.pk, status=ClientStatus.ACTIVE)
    if by is None:
        suspendable = PartnerClient.objects.filter(pk=client.pk).exclude(status=ClientStatus.CLOSED)
    suspendable.update(status=ClientStatus.SUSPENDED, suspended_by=by, updated=timezone.now())
    client.refresh_from_db(fields=STATUS_FIELDS)


def resume_client(client: PartnerClient, *, by: PartnerClient | None = None) -> None:
    """Undo a suspension: staff any, an operator (`by`) its own. A closed partner stays closed."""
    suspended = PartnerClient.objects.filter(pk=client.pk, status=ClientStatus.SUSPENDED)
    if by is not None:
        suspended = suspended.filter(suspended_by=by)
    suspended.update(status=ClientStatus.ACTIVE, suspended_by=None, updated=timezone.now())
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


def secret_matches(secret: str, *stored: str) -> bool:
    """Whether a presented secret has one of the stored digests, each compared in constant time."""
    presented = digest(secret, "client-secret")
    return any(known and hmac.compare_digest(presented, known) for known in stored)


def clients_named(reference: str) -> QuerySet[PartnerClient]:
    """The client of this integer or UUID: one row, or none."""
    if not reference.isascii() or not reference.isprintable():
        return PartnerClient.objects.none()
    if reference.isdigit():
        return PartnerClient.objects.filter(pk=int(reference) if len(reference) <= LONGEST_NUMBER else 0)
    return PartnerClient.objects.filter(client_id=reference)


def allowed_scopes(client: PartnerClient) -> list[str]:
    """The scopes that the client may name (RFC 6749 §3.3): its own and, by their codes, its grants; `account` only a
    client of the group."""
    allowed = {*client.scopes, *client.grants}
    return [scope for scope in SCOPES if scope in allowed and (scope != ACCOUNT or client.first_party)]


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
        ("post_logout_redirect_uris", new.post_logout_redirect_uris, native),
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
