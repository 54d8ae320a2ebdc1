"""What a withdrawal, or a new version of a purpose, does to authorizations: in the same thread and transaction, so
that both commit together and a failure here fails the withdrawal."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from consents.signals import consent_withdrawn, purpose_superseded
from freedom_id.domain.authorizations import narrow_authorizations, suspend_grant


@receiver(consent_withdrawn, dispatch_uid="freedom_id.narrow_on_withdrawal")
def narrow_on_withdrawal(*, account_id: int | None, scope_key: str, purposes: list[str], **_kwargs: Any) -> None:
    if account_id is not None and scope_key:
        narrow_authorizations(account_id=account_id, client_id=scope_key, grants=purposes)


@receiver(purpose_superseded, dispatch_uid="freedom_id.suspend_on_new_version")
def suspend_on_new_version(*, name: str, until: datetime | None, expiring_stand: bool, **_kwargs: Any) -> None:
    suspend_grant(name, until=until, expiring_stand=expiring_stand)
