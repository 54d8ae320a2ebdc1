"""Consent receipts: one submission in the fields of ISO/IEC TS 27560:2023, signed as a compact JWS (RFC 7515)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.duration import duration_iso_string

from consents.canonical_json import canonical_json
from consents.conf import conf
from consents.domain.receipt_verification import TYP, claims_of, key_id_of, receipt_file
from consents.enums import Action, Actor, LegalBasis
from consents.models import ConsentTransaction, PurposeText, PurposeVersion, Receipt, Subject

SCHEMA_VERSION = "ISO/IEC TS 27560:2023"
# The concepts of the Data Privacy Vocabulary (DPV) 2.
EVENT_STATE = {
    Action.ALLOW: "ConsentGiven",
    Action.RENEW: "RenewedConsentGiven",
    Action.REFUSE: "ConsentRefused",
    Action.WITHDRAW: "ConsentWithdrawn",
}


def issue_receipt(
    subject: Subject,
    *,
    recipient: str,
    rows: Sequence[ConsentTransaction],
    texts: Sequence[PurposeText] | None = None,
) -> Receipt | None:
    """Sign and save the receipt of one submission and point its rows at it; call it before the rows are written.

    `texts` are the words of each row, in the same order; None reads them. None is returned without rows, and where
    CONSENTS["SIGNER"] is not set: an unsigned receipt proves nothing, so none is issued. Raises what the signer raises.
    """
    signer = conf.signer
    if signer is None or not rows:
        return None
    receipt = Receipt(subject=subject, recipient=recipient)
    receipt.jws = signer(build_receipt(receipt, rows, texts or _texts_of(rows)), TYP)
    receipt.document = canonical_json(claims_of(receipt.jws))
    receipt.save()
    for row in rows:
        row.receipt = receipt
    return receipt


def receipt_download(receipt: Receipt) -> str:
    """The file that a person keeps: with the public key that signed, as far as this installation still publishes it."""
    kid = key_id_of(receipt.jws)
    keys = conf.public_keys() if conf.public_keys else []
    return receipt_file(receipt.document, receipt.jws, next((key for key in keys if key.get("kid") == kid), None))


def build_receipt(receipt: Receipt, rows: Iterable[ConsentTransaction], texts: Iterable[PurposeText]) -> dict[str, Any]:
    """What is signed. The person is named by the ledger's random id alone, staff by the word `staff`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "receipt_id": str(receipt.pk),
        "record_id": str(receipt.pk),
        "pii_principal_id": str(receipt.subject_id),
        "issued_at": _utc(receipt.issued_at),
        "pii_processing": [_processing(row, text, receipt.recipient) for row, text in zip(rows, texts, strict=True)],
    }


def _processing(row: ConsentTransaction, text: PurposeText, recipient: str) -> dict[str, Any]:
    """One decision. What is not known is left out."""
    version, purpose = text.version, text.version.purpose
    known = {
        # With `language` and `purpose` this is all that the digest covers, so that anyone can compute it again.
        "privacy_notice": {
            "id": str(version.pk),
            "version": version.number,
            "title": text.title,
            "consequence": text.consequence,
            **({"withdrawal": text.withdrawal} if text.withdrawal else {}),
            "sha256": row.text_sha256,
        },
        "language": row.locale,
        "purpose": text.text,
        "purpose_type": purpose.name,
        "lawful_basis": purpose.legal_basis,
        "pii_information": [
            *({"pii_type": item} for item in version.data_items),
            *({"pii_type": item, "pii_optional": True} for item in version.optional_data_items),
        ],
        "collection_method": row.collection_point.channel if row.collection_point else "",
        "recipient_third_parties": [
            *([{"party_id": recipient}] if recipient else []),
            *({"party_name": name} for name in version.recipients),
        ],
        **conf.facts,
        **_facts_of(version),
        "event": [_event(row, explicit=purpose.legal_basis == LegalBasis.EXPLICIT_CONSENT)],
    }
    return {name: value for name, value in known.items() if value}


def _facts_of(version: PurposeVersion) -> dict[str, Any]:
    """What this version states for itself, before what the site states for all."""
    facts = {
        "retention_period": version.retention,
        "jurisdiction": version.jurisdiction,
        "geographic_restrictions": [{"third_country": code} for code in version.third_countries],
        "processing_method": ["Disseminate"] if version.made_public else [],  # DPV's word
    }
    return {name: value for name, value in facts.items() if value}


def _event(row: ConsentTransaction, *, explicit: bool) -> dict[str, str]:
    event = {
        "event_id": str(row.pk),
        "event_time": _utc(row.occurred_at),
        "event_type": "explicit" if explicit else "expressed",
        "event_state": EVENT_STATE[Action(row.action)],
        "entity_id": str(row.subject_id) if row.actor == Actor.SELF else row.actor,
    }
    if row.expires_at is not None:
        event["validity_duration"] = duration_iso_string(row.expires_at - row.occurred_at)
        event["valid_until"] = _utc(row.expires_at)
    elif row.action in {Action.ALLOW, Action.RENEW}:
        event["validity_duration"] = "until withdrawn"
    return event


def _texts_of(rows: Sequence[ConsentTransaction]) -> list[PurposeText]:
    """The words that each row names; one query."""
    texts = PurposeText.objects.filter(version__in={row.purpose_version_id for row in rows})
    by_words = {(text.version_id, text.locale): text for text in texts.select_related("version__purpose")}
    return [by_words[row.purpose_version_id, row.locale] for row in rows]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
