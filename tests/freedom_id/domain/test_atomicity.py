"""What hangs on a decision commits with it: authorization, code, tokens, the journal; wherever it is cut off."""

import pytest

from consents.domain.recording import withdraw_consents
from consents.domain.subjects import subject_for_account
from consents.domain.verification import first_fault
from consents.enums import Actor
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.consent_requests import allow
from tests.consents.interrupted import cut_everywhere
from tests.freedom_id.domain.acts import is_alive, pair

pytestmark = pytest.mark.django_db
APPS = ("consents", "freedom_id")
EVIDENCE = {"ip": "203.0.113.0"}


def test_a_yes_at_the_consent_page() -> None:
    a = pair()
    track = a.ask()
    shown = a.shown(track)
    subject_for_account(a.account)
    assert cut_everywhere(lambda: allow(track, a.sign_in, ticked=[], shown=shown, evidence=EVIDENCE), *APPS) > 20
    assert first_fault() is None


def test_stopping_to_share() -> None:
    a = pair()
    tokens, live = a.tokens(), a.live
    assert cut_everywhere(lambda: stop_sharing(a.account, live, grants=None, ip=None, evidence=EVIDENCE), *APPS) > 20
    assert not is_alive(tokens.access_token)
    assert first_fault() is None


def test_a_withdrawal_in_the_ledger_that_ends_tokens() -> None:
    a = pair()
    tokens, subject, key = a.tokens(), subject_for_account(a.account), a.client.client_id

    def withdraw() -> None:
        withdraw_consents(subject, names=["read.firstname"], scope_key=key, actor=Actor.SELF)

    assert cut_everywhere(withdraw, *APPS) > 15
    assert not is_alive(tokens.access_token)
