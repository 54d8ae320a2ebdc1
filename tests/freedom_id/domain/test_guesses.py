"""What an attacker tried first: letters that fold into others, two addresses of one account, a slow receiver."""

import pytest

from freedom_id.domain.identifiers import InvalidIdentifier, parse_identifier
from freedom_id.domain.one_time_codes import request_code
from freedom_id.domain.partner_callbacks import SLOTS
from freedom_id.domain.revoke_callbacks import deliver_revoke_callback
from freedom_id.domain.sign_in import Attempt, prove_by_password
from freedom_id.errors import RateLimited
from freedom_id.models import OneTimeCode, RevokeCallback, TokenFamily
from tests.factories.people import PASSWORD, email_of, person, phone_of
from tests.freedom_id.domain.acts import IP, pair

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["\u017ftaff@example.com", "\u212aim@example.com", "d\u0131lnoza@example.com"])
def test_a_mailbox_whose_letters_fold_into_others_is_no_identifier(typed: str) -> None:
    with pytest.raises(InvalidIdentifier):
        parse_identifier(typed)


def test_domains_that_look_up_as_one_are_written_as_one() -> None:
    assert parse_identifier("a@STRASSE.de").value == "a@strasse.de"
    assert parse_identifier("a@m\u00fcller.de").value == "a@xn--mller-kva.de"


def test_a_code_goes_to_the_address_that_was_proven() -> None:
    account = person()
    proven = email_of(account)
    request_code(parse_identifier(proven.swapcase()), ip=IP, locale="en")
    assert OneTimeCode.objects.get().address == proven


def test_a_phone_and_an_address_of_one_account_share_its_guesses() -> None:
    account = person()
    for identifier in [phone_of(account)] * 3 + [email_of(account)] * 2:
        assert prove_by_password(Attempt(parse_identifier(identifier), IP), "wrong") is None
    with pytest.raises(RateLimited):
        prove_by_password(Attempt(parse_identifier(email_of(account)), IP), PASSWORD)


def test_slow_receivers_hold_two_threads_at_most() -> None:
    pair().tokens()
    callback = RevokeCallback.objects.create(family=TokenFamily.objects.get(), url="https://partner.example/hook")
    with SLOTS, SLOTS:
        deliver_revoke_callback(str(callback.pk))
    callback.refresh_from_db()
    assert (callback.attempts, callback.state) == (0, "queued")
