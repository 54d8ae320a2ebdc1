from typing import Any

import pytest

from consents.domain.subjects import subject_for_account
from tests.consents.conftest import new_account

pytestmark = pytest.mark.django_db


def test_an_account_has_one_subject(account: Any) -> None:
    assert subject_for_account(account) == subject_for_account(account)


def test_a_subject_id_tells_nothing_of_the_account(account: Any) -> None:
    assert subject_for_account(account).pk.version == 4
    assert subject_for_account(account) != subject_for_account(new_account())
