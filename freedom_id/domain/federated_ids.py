"""Accounts that a person has at other providers, bound to hers by an ID token that answers our nonce. None of them
signs her in, so none counts as a way in or as a proof."""

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from freedom_id.domain.credentials import PersonsAct, ProofSpent, UnknownCredential
from freedom_id.domain.federated_id_tokens import ProvenId, provider_of, verify_id_token
from freedom_id.enums import NoticeKind, ProofType
from freedom_id.errors import IdentifierTaken
from freedom_id.models import FederatedId
from freedom_id.sealing import digest

NONCE_BYTES = 32
NONCE_LIFETIME = timedelta(minutes=5)


def claim_federated_id(act: PersonsAct, kind: ProofType) -> tuple[int, str]:
    """Begin to bind an account at the provider of `kind`; the credential's number, and the nonce that the ID token has
    to carry, this once. It is nothing until then, and takes the place of an earlier one that was not proven.

    Raises InvalidFields without a provider, FreshProofNeeded and AccountUnavailable.
    """
    provider_of(kind)
    act.require_fresh_proof()
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    with transaction.atomic():
        act.lock_account()
        FederatedId.objects.filter(account=act.account, type=kind, verified_at=None).delete()
        claim = FederatedId(account=act.account, type=kind, nonce_expires_at=timezone.now() + NONCE_LIFETIME)
        claim.nonce_digest = _nonce_digest(act, claim.number, nonce)
        claim.save(force_insert=True)
    return claim.number, nonce


def prove_federated_id(act: PersonsAct, number: int, *, id_token: str) -> None:
    """The provider vouches by `id_token`, which answers the nonce of this claim and of these tokens' family. That ends
    the claim, also when it turns out that somebody's account, or another credential of hers, has this id already.

    Raises UnknownCredential, ProofSpent, AccountUnavailable, IdentifierTaken; InvalidFields and ProviderUnavailable as
    `verify_id_token` does, which end nothing.
    """
    claim = FederatedId.objects.filter(account=act.account, number=number).first()
    if claim is None:
        raise UnknownCredential
    if claim.nonce_expires_at is None or claim.nonce_expires_at <= timezone.now():
        raise ProofSpent  # before the provider is asked anything
    kind = ProofType(claim.type)
    proven_id = verify_id_token(id_token, provider_of(kind))
    with transaction.atomic():
        act.lock_account()
        claims = FederatedId.objects.filter(
            account=act.account,
            number=number,
            nonce_digest=_nonce_digest(act, number, proven_id.nonce),
            nonce_expires_at__gt=timezone.now(),
        )
        proven = _settle(claims, proven_id)
        if proven:
            act.record(NoticeKind.ADDED, kind)
    if not proven:  # raised here: the claim stays ended
        raise IdentifierTaken


def _settle(claims: QuerySet[FederatedId], proven: ProvenId) -> bool:
    """Whether the id is hers now: of two accounts that prove it at once, the constraint lets one have it."""
    value = f"{proven.issuer} {proven.subject}"
    try:
        with transaction.atomic():
            spent = claims.update(
                value=value,
                value_index=_value_index(value),
                nonce_digest="",
                nonce_expires_at=None,
                verified_at=timezone.now(),
            )
    except IntegrityError:
        claims.delete()
        return False
    if not spent:
        raise ProofSpent
    return True


def _value_index(value: str) -> str:
    """OpenID Connect Core §2: `sub` is case-sensitive, so nothing is folded as it is in numbers and addresses."""
    return digest(value, "blind-index/federated-id")


def _nonce_digest(act: PersonsAct, number: int, nonce: str) -> str:
    shown = act.family or act.sign_in
    return digest(f"{number}:{shown.pk if shown else ''}:{nonce}", "federated-id-nonce")
