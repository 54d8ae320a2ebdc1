"""The items of the answers: consents, a collection point, apps (docs/identity-v4-api.md)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from consents.domain.collection_points import point_ids_of
from consents.domain.queries.answers import PurposeAnswer
from consents.enums import LegalBasis, PurposeScope, Reason
from freedom_id.conf import conf
from freedom_id.domain.asked_data import IDENTITY_DOOR, SIGN_IN_PAGE
from freedom_id.domain.queries.connected_apps import ConnectedApp
from freedom_id.models import PartnerClient

STATUS = {
    Reason.ACTIVE: "ACTIVE",
    Reason.EXPIRED: "EXPIRED",
    Reason.SUPERSEDED: "PENDING",
    Reason.WITHDRAWN: "WITHDRAWN",
    Reason.REFUSED: "OPT_OUT",
    Reason.NONE: "NO_CONSENT",
}
CONSENT = {LegalBasis.CONSENT, LegalBasis.EXPLICIT_CONSENT}


def consent_items(answers: Iterable[PurposeAnswer], client: PartnerClient) -> list[dict[str, Any]]:
    return [
        {
            "PurposeId": answer.purpose.pk,
            "name": answer.notice.name,
            "version": str(answer.notice.version_number),
            "title": answer.notice.title,
            "description": answer.notice.text,
            "status": STATUS[answer.reason],
            "consented": answer.reason is Reason.ACTIVE,
            "consentDate": _time(answer.given_at),
            "withdrawalDate": _time(answer.since) if answer.reason is Reason.WITHDRAWN else None,
            "expiryDate": _time(answer.expires_at),
            "collectionPointId": answer.collection_point_id,
            "client_id": client.pk if answer.purpose.scope == PurposeScope.PER_CLIENT else None,
            "lastReceiptId": answer.receipt_id,
        }
        for answer in answers
    ]


def purpose_items(answers: Iterable[PurposeAnswer], client: PartnerClient) -> list[dict[str, Any]]:
    return [
        {
            "PurposeId": answer.purpose.pk,
            "Id": answer.purpose.pk,
            "name": answer.notice.name,
            "version": answer.notice.version_number,
            "title": answer.notice.title,
            "description": answer.notice.text,
            "required": answer.notice.name in client.required_grants,
            "consentType": "EXPLICIT" if answer.purpose.legal_basis in CONSENT else "NOT_APPLICABLE",
            "status": STATUS[answer.reason],
        }
        for answer in answers
    ]


def app_items(apps: Iterable[ConnectedApp]) -> list[dict[str, Any]]:
    return [
        {
            "client_id": app.client.pk,
            "app_name": _named(app.client.name, app.client.names),
            "company_name": _named(app.client.legal_name or app.client.name, app.client.legal_names),
            "logo_uri": _logo_uri(app),
            "scope": " ".join(app.grants),
            "PurposeId": app.purpose_id,
            "status": STATUS[app.answered] if app.answered else "ACTIVE",
            "consentDate": _time(app.since),
            "last_used_at": _time(app.last_used_at),
        }
        for app in apps
    ]


def client_items(clients: Collection[PartnerClient], secrets: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """`secrets` are those that were just drawn, by the clients' integer ids: shown this once."""
    points = point_ids_of(client.client_id for client in clients)
    return [
        {
            "client_id": client.pk,
            **({"client_secret": secrets[client.pk]} if secrets else {}),
            "client_uuid": client.client_id,
            "redirect_uri": client.redirect_uris,
            "scope": " ".join(client.scopes),
            "app_name": _named(client.name, client.names),
            "company_name": _named(client.legal_name or client.name, client.legal_names),
            "country": client.country,
            "status": client.status,
            "collectionPointId": _asked_at(points[client.client_id]),
            "previous_secret_expires_at": _time(client.previous_secret_expires_at),
        }
        for client in clients
    ]


def _asked_at(points: Mapping[str, UUID]) -> UUID | None:
    """Its own pages where it may ask there, else our consent page."""
    return points.get(IDENTITY_DOOR) or points.get(SIGN_IN_PAGE)


def _named(name: str, others: Mapping[str, str]) -> Mapping[str, str]:
    return {"en": name, **others}


def _logo_uri(app: ConnectedApp) -> str | None:
    return conf.issuer + reverse("freedom_id:logo", args=[app.client.client_id]) if app.has_logo else None


def milliseconds(moment: datetime) -> int:
    """Since 1970, as rows 1, 2, 8, 9 and 10 say times."""
    return round(moment.timestamp() * 1000)


def _time(moment: datetime | None) -> str | None:
    """`2025-01-05T11:34:30Z`"""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
