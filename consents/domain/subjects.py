from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser

from consents.models import Subject


def subject_for_account(account: AbstractBaseUser) -> Subject:
    """The subject of `account`, made on first use; two at once get the same one."""
    subject, _created = Subject.objects.get_or_create(account_id=account.pk)
    return subject


def find_subject(account_id: Any) -> Subject | None:
    """The subject of the account with that primary key; None for somebody who never decided anything."""
    return Subject.objects.filter(account_id=account_id).first()


def find_subject_by_id(subject_id: UUID) -> Subject | None:
    """The subject with that id in the ledger; None for one that never was, or is shredded."""
    return Subject.objects.filter(pk=subject_id).first()
