"""Evidence: how a submission came about, sealed under a key of the person's own (AES-256-GCM).

The ledger keeps an HMAC of it under the same key. Once the key is destroyed, neither can be opened or guessed again.
"""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_interface
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
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


def truncated_ip(ip: str) -> str:
    """What is kept of an address: its network, /24 or /48, so that it tells a region and an operator and no household;
    whole with CONSENTS["KEEP_WHOLE_IP"]. "" for what is no address."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if conf.keep_whole_ip:
        return str(address)
    return str(ip_interface(f"{address}/{24 if address.version == 4 else 48}").network.network_address)


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


def commitments_of(subject_ids: Iterable[UUID]) -> Iterator[tuple[UUID, UUID, str | None]]:
    """(subject, evidence, what the ledger must say of it) for all that is kept of these people; None when it cannot be
    opened: altered, or its key is gone."""
    keys = {row.subject_id: row for row in SubjectKey.objects.filter(subject__in=subject_ids)}
    for evidence in Evidence.objects.filter(subject__in=subject_ids).order_by("pk"):
        try:
            key = _open_key(keys[evidence.subject_id])
            text = _unseal(key, evidence.sealed, evidence.pk).decode()
            yield evidence.subject_id, evidence.pk, commitment(key, evidence.pk, text)
        except (KeyError, ValueError, InvalidTag):
            yield evidence.subject_id, evidence.pk, None


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
    """Raises InvalidTag, also for what base64 would overlook: white space and the spare bits of the last letter."""
    box = urlsafe_b64decode(sealed)
    if urlsafe_b64encode(box).decode() != sealed:
        raise InvalidTag
    return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], context.bytes)


def reseal_keys() -> int:
    """Seal every person's key under the first of CONSENTS["EVIDENCE_KEYS"]; the number that lay under another.

    Evidence itself stays as it is. Afterwards the former site keys may be taken out of the setting.
    """
    key_id, master = next(iter(conf.evidence_keys.items()))
    resealed = 0
    for subject_id in SubjectKey.objects.exclude(sealed__startswith=f"{key_id}:").values_list("pk", flat=True):
        with transaction.atomic():
            row = SubjectKey.objects.select_for_update().filter(pk=subject_id).first()
            if row is not None and not row.sealed.startswith(f"{key_id}:"):
                row.sealed = f"{key_id}:{_seal(master, _open_key(row), row.subject_id)}"
                row.save(update_fields=["sealed"])
                resealed += 1
    return resealed
