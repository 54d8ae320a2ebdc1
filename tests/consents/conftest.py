import uuid
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from consents.domain.subjects import subject_for_account
from consents.models import Subject
from consents.signals import consent_given, consent_withdrawn, subject_erased


def new_account() -> Any:
    """An account of whatever user model the project has."""
    manager = get_user_model().objects
    if hasattr(manager, "create_account"):
        return manager.create_account()
    return manager.create_user(username=uuid.uuid4().hex)


@pytest.fixture(autouse=True)
def no_receivers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app alone: whoever else in the project listens is tested there."""
    for signal in (consent_given, consent_withdrawn, subject_erased):
        monkeypatch.setattr(signal, "receivers", [])


@pytest.fixture(autouse=True)
def no_settings(settings: Any) -> None:
    """As a project that sets nothing: no receipts."""
    settings.CONSENTS = {}


@pytest.fixture
def signed(settings: Any, no_settings: None) -> None:
    """Receipts are signed, by a library of foreign make."""
    settings.CONSENTS = {
        "SIGNER": "tests.consents.signing.sign",
        "PUBLIC_KEYS": "tests.consents.signing.public_keys",
        "WITHDRAWAL_METHOD": "https://id.example/me/apps/",
    }


@pytest.fixture
def account(db: None) -> Any:
    return new_account()


@pytest.fixture
def subject(account: Any) -> Subject:
    return subject_for_account(account)


@pytest.fixture
def stranger(db: None) -> Subject:
    return subject_for_account(new_account())
