"""What a consent, a withdrawal, or new terms of a purpose do to authorizations: in the same thread and
transaction, so that both commit together and a failure here fails the decision."""

from typing import Any

from django.dispatch import receiver

from consents.signals import consent_given, consent_withdrawn, purpose_superseded, subject_erased
from freedom_id.domain.authorizations import adjust_grant, connect, end_authorizations, narrow_authorizations
from freedom_id.enums import EndReason
from freedom_id.grants import IDENTITY_PROVIDER


@receiver(consent_given, dispatch_uid="freedom_id.connect_on_consent")
def connect_on_consent(*, account_id: int | None, scope_key: str, purposes: list[str], **_kwargs: Any) -> None:
    if account_id is not None and IDENTITY_PROVIDER in purposes:
        connect(account_id=account_id, client_id=scope_key)


@receiver(consent_withdrawn, dispatch_uid="freedom_id.narrow_on_withdrawal")
def narrow_on_withdrawal(*, account_id: int | None, scope_key: str, purposes: list[str], **_kwargs: Any) -> None:
    if account_id is not None and scope_key:
        narrow_authorizations(account_id=account_id, client_id=scope_key, grants=purposes)


@receiver(purpose_superseded, dispatch_uid="freedom_id.adjust_on_new_terms")
def adjust_on_new_terms(*, name: str, **_kwargs: Any) -> None:
    adjust_grant(name)


@receiver(subject_erased, dispatch_uid="freedom_id.end_on_erasure")
def end_on_erasure(*, account_id: int | None, **_kwargs: Any) -> None:
    if account_id is not None:
        end_authorizations(account_id=account_id, reason=EndReason.WITHDRAWN)
