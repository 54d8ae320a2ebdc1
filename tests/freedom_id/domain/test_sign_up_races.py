"""One proof opens one account, and one number or address has one owner, however many presses come at once."""

import pytest

from freedom_id.domain.accounts import register_account
from freedom_id.domain.credentials import ProofSpent
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import deliver_code, request_code, verify_code
from freedom_id.domain.sign_ups import open_own_account
from freedom_id.errors import IdentifierTaken
from freedom_id.models import Account, Credential, OneTimeCode
from identity_portal.demo.models import InboxMessage
from tests.freedom_id.domain.acts import IP
from tests.freedom_id.domain.at_once import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
NUMBER = parse_identifier("+998907654321")


def proven_challenge():
    challenge = request_code(NUMBER, ip=IP, locale="en")
    deliver_code(str(challenge))
    digits = InboxMessage.objects.get().text.rpartition("#")[2]
    verify_code(NUMBER, digits, challenge=challenge)
    return challenge


def opened(challenge):
    try:
        return open_own_account(challenge, NUMBER, {"firstname": "Guli"}, client=None, ip=IP)
    except (ProofSpent, IdentifierTaken) as error:
        return type(error)


def test_eight_presses_open_one_account():
    challenge = proven_challenge()

    answers = at_once([lambda: opened(challenge)] * 8)

    assert sorted(map(str, answers)).count(str(ProofSpent)) == 7
    assert Account.objects.count() == Credential.objects.count() == 1


def test_against_somebody_who_proves_it_elsewhere_one_gets_it():
    challenge = proven_challenge()

    def elsewhere():
        try:
            return register_account(NUMBER)
        except IdentifierTaken as error:
            return type(error)

    answers = at_once([lambda: opened(challenge), elsewhere])

    assert answers.count(IdentifierTaken) == 1
    assert Account.objects.count() == Credential.objects.count() == 1
    lost = answers[0] is IdentifierTaken
    assert OneTimeCode.objects.filter(used_at__isnull=lost).count() == 1  # the loser's proof is not spent
