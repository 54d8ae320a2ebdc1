"""Evidence: how a submission came about, sealed under a key of the person's own (AES-256-GCM).

The ledger keeps an HMAC of it under the same key. Once the key is destroyed, neither can be opened or guessed again.
"""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction

from consents.canonical_json import canonical_json
from consents.conf import conf
from consents.errors import UnknownEvidence
from consents.models import Evidence, EvidenceAccess, Subject, SubjectKey

NONCE_BYTES = 12
KEY_BYTES = 32


def keep_evidence(subject: Subject, facts: Mapping[str, Any]) -> tuple[UUID, str]:
    """Seal `facts` (JSON) of one submission; the id of the evidence, and the ledger's commitment to it.

    Call it in the transaction that holds the person's lock.
    """
    key = _key_of(subject)
    evidence = Evidence(subject=subject)
    text = canonical_json(facts)
    evidence.sealed = _seal(key, text.encode(), evidence.pk)
    evidence.save()
    return evidence.pk, commitment(key, evidence.pk, text)


def open_evidence(evidence_id: UUID, *, actor_ref: str, reason: str) -> dict[str, Any]:
    """The facts in clear, for somebody who says why: an access is written in the same transaction.

    Raises UnknownEvidence when there is none, or it was destroyed.
    """
    with transaction.atomic():
        evidence = Evidence.objects.filter(pk=evidence_id).select_related("subject__key").first()
        if evidence is None or not hasattr(evidence.subject, "key"):
            raise UnknownEvidence
        EvidenceAccess(
            evidence_id=evidence.pk, subject_id=evidence.subject_id, actor_ref=actor_ref, reason=reason
        ).save()
        facts: dict[str, Any] = orjson.loads(read_sealed(evidence))
    return facts


def read_sealed(evidence: Evidence) -> str:
    """The canonical JSON of the evidence. Raises InvalidTag when it was altered or moved to another row."""
    return _unseal(_open_key(evidence.subject.key), evidence.sealed, evidence.pk).decode()


def commitment_of(evidence: Evidence) -> str:
    """What the ledger must say of this evidence. Raises InvalidTag when it was altered."""
    return commitment(_open_key(evidence.subject.key), evidence.pk, read_sealed(evidence))


def commitment(key: bytes, evidence_id: UUID, text: str) -> str:
    return hmac.digest(key, evidence_id.bytes + text.encode(), "sha256").hex()


def _key_of(subject: Subject) -> bytes:
    """The person's key, made at the first need."""
    found = SubjectKey.objects.filter(subject=subject).first()
    if found is not None:
        return _open_key(found)
    key = os.urandom(KEY_BYTES)
    key_id, master = next(iter(conf.evidence_keys.items()))
    SubjectKey.objects.create(subject=subject, sealed=f"{key_id}:{_seal(master, key, subject.pk)}")
    return key


def _open_key(row: SubjectKey) -> bytes:
    key_id, _, box = row.sealed.partition(":")
    return _unseal(conf.evidence_keys[key_id], box, row.subject_id)


def _seal(key: bytes, content: bytes, context: UUID) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, content, context.bytes)).decode()


def _unseal(key: bytes, sealed: str, context: UUID) -> bytes:
    box = urlsafe_b64decode(sealed)
    return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], context.bytes)
