"""The items of the answers: consents, a collection point, apps (docs/identity-v4-api.md)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse

from consents.domain.queries.answers import PurposeAnswer
from consents.enums import LegalBasis, PurposeScope, Reason
from freedom_id.conf import conf
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
            "app_name": _named(app.client.name),
            "company_name": _named(app.client.legal_name or app.client.name),
            "logo_uri": _logo_uri(app),
            "scope": " ".join(app.grants),
            "PurposeId": app.purpose_id,
            "status": STATUS[app.answered] if app.answered else "ACTIVE",
            "consentDate": _time(app.since),
            "last_used_at": _time(app.last_used_at),
        }
        for app in apps
    ]


def _named(name: str) -> Mapping[str, str]:
    """A client has one name; the wire has one per language."""
    return {"en": name}


def _logo_uri(app: ConnectedApp) -> str | None:
    return conf.issuer + reverse("freedom_id:logo", args=[app.client.client_id]) if app.has_logo else None


def _time(moment: datetime | None) -> str | None:
    """`2025-01-05T11:34:30Z`"""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
