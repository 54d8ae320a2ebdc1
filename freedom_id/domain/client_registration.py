"""Registering a partner: what it states, and what is checked of that."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from freedom_id.domain.asked_data import open_points
from freedom_id.domain.client_secrets import authentication_errors, draw_secret
from freedom_id.domain.pairwise_subjects import sector_of
from freedom_id.domain.signing_keys import ensure_signing_key
from freedom_id.enums import AccessTokenFormat, ClientAuthentication, ClientStage, SigningAlgorithm, SubjectType
from freedom_id.errors import InvalidFields
from freedom_id.grants import ACCOUNT, DEVICE_SSO, GRANTS, OPERATOR_SCOPES, SCOPES
from freedom_id.models import PartnerClient

HOST = re.compile(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:.]+")  # what may stand in a Content-Security-Policy
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class NewClient:
    """What a partner states about itself; `grants` ⊇ `required_grants`, both codes of `grants.GRANTS`. `names` and
    `legal_names` are for other languages than English, `created_by` is the operator's client that registers it.
    `max_devices` is on how many a person may be signed in at once, at least one; None sets no limit. With `jwks`
    (RFC 7517) a confidential client may authenticate by `private_key_jwt`; otherwise it gets a secret. The sector of a
    pairwise client is the host of its redirect addresses unless it is named."""

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
    backchannel_logout_uri: str = ""
    token_endpoint_auth_method: str = ""
    access_token_format: str = AccessTokenFormat.JWT
    jwks: Mapping[str, Any] | None = None
    max_devices: int | None = None
    subject_type: str = SubjectType.PUBLIC
    sector_identifier: str = ""
    id_token_signed_response_alg: str = SigningAlgorithm.ES256
    userinfo_signed_response_alg: str = ""
    revoke_uris: Sequence[str] = ()
    post_logout_redirect_uris: Sequence[str] = ()
    legal_name: str = ""
    website: str = ""
    names: Mapping[str, str] = dataclass_field(default_factory=dict)
    legal_names: Mapping[str, str] = dataclass_field(default_factory=dict)
    country: str = ""
    created_by: PartnerClient | None = None
    stage: str = ClientStage.LIVE

    @property
    def authentication(self) -> str:
        """What was stated, else what most clients of the type do."""
        usual = ClientAuthentication.NONE if self.client_type == "public" else ClientAuthentication.SECRET
        return self.token_endpoint_auth_method or usual


def register_client(new: NewClient) -> tuple[PartnerClient, str]:
    """Create a partner and its collection points. Returns it with the secret in clear, which is shown once and never
    stored ("" for one that authenticates otherwise, or not at all). Raises InvalidFields."""
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
            backchannel_logout_uri=new.backchannel_logout_uri,
            token_endpoint_auth_method=new.authentication,
            access_token_format=new.access_token_format,
            jwks=dict(new.jwks) if new.jwks else None,
            max_devices=new.max_devices,
            subject_type=new.subject_type,
            sector_identifier=_sector(new),
            id_token_signed_response_alg=new.id_token_signed_response_alg,
            userinfo_signed_response_alg=new.userinfo_signed_response_alg,
            revoke_uris=" ".join(new.revoke_uris),
            post_logout_redirect_uris=" ".join(new.post_logout_redirect_uris),
            legal_name=new.legal_name,
            website=new.website,
            names=dict(new.names),
            legal_names=dict(new.legal_names),
            country=new.country,
            created_by=new.created_by,
            stage=new.stage,
        )
        secret = draw_secret(client) if new.authentication == ClientAuthentication.SECRET else ""
        client.save()
        open_points(client)
        ensure_keys_for(client)
    return client, secret


def ensure_keys_for(client: PartnerClient) -> None:
    """If it is to get signatures by RS256, a key for that is in the JWKS before the first one."""
    if SigningAlgorithm.RS256 in {client.id_token_signed_response_alg, client.userinfo_signed_response_alg}:
        ensure_signing_key(SigningAlgorithm.RS256)


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
    errors |= _logout_address_errors(new.backchannel_logout_uri)
    for field, values, known in (
        ("access_token_format", [new.access_token_format], AccessTokenFormat.values),
        ("grants", new.grants, GRANTS),
        ("scopes", new.scopes, SCOPES),
        ("operator_scopes", new.operator_scopes, OPERATOR_SCOPES),
    ):
        errors |= {f"{field}.{i}": [f"Unknown: {v}."] for i, v in enumerate(values) if v not in known}
    if set(new.required_grants) - set(new.grants):
        errors["required_grants"] = ["Required data must be among the grants."]
    if problem := _scopes_problem(new, native=native):
        errors["scopes"] = [problem]
    if new.operator_scopes and new.client_type == "public":
        errors["operator_scopes"] = ["A client without a secret can do nothing by itself."]
    errors |= _errors_of_protocol(new)
    errors |= authentication_errors(new.client_type, new.authentication, new.jwks, revoke_uris=new.revoke_uris)
    if not new.redirect_uris and "authorization_code" in new.grant_types:
        errors["redirect_uris"] = ["At least one address is needed."]
    if errors:
        raise InvalidFields(errors)


def _logout_address_errors(uri: str) -> dict[str, list[str]]:
    problem = redirect_uri_problem(uri, native=False) if uri else ""
    return {"backchannel_logout_uri": [f"The address {problem}."]} if problem else {}


def _scopes_problem(new: NewClient, *, native: bool) -> str:
    if ACCOUNT in new.scopes and not new.first_party:
        return "Only a client of the group may have the scope account."
    if DEVICE_SSO in new.scopes and not (native and new.first_party):
        return "Only a native client of the group may have the scope device_sso."
    return ""


def _errors_of_protocol(new: NewClient) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for field, value, known in (
        ("subject_type", new.subject_type, SubjectType.values),
        ("id_token_signed_response_alg", new.id_token_signed_response_alg, SigningAlgorithm.values),
        ("userinfo_signed_response_alg", new.userinfo_signed_response_alg, ["", *SigningAlgorithm.values]),
    ):
        if value not in known:
            errors[field] = [f"Unknown: {value}."]
    if new.sector_identifier and new.subject_type == SubjectType.PUBLIC:
        errors["sector_identifier"] = ["Only a pairwise client has a sector."]
    elif new.sector_identifier and not HOST.fullmatch(new.sector_identifier):
        errors["sector_identifier"] = ["The sector is a host name."]
    elif new.subject_type == SubjectType.PAIRWISE and not _sector(new):
        errors["sector_identifier"] = ["The redirect addresses do not have one https host: name the sector."]
    return errors


def _sector(new: NewClient) -> str:
    pairwise = new.subject_type == SubjectType.PAIRWISE
    return (new.sector_identifier.lower() or sector_of(new.redirect_uris)) if pairwise else ""
