"""Which of several numbers and addresses a partner sees: chosen on the consent page, and from then on shown at every
door, until it is gone from the account."""

import re
from uuid import uuid4

import pytest

from consents.domain.evidence import open_evidence
from consents.domain.subjects import subject_for_account
from consents.models import ConsentTransaction
from freedom_id.domain.person import chosen_values
from freedom_id.domain.profile_requests import fulfil_profile_request, submit_profile_request
from freedom_id.domain.profile_sources import personal
from freedom_id.domain.tokens import live_access
from freedom_id.models import Authorization, ProfileRequest
from tests.compliance.standard_door import authorize, claims_of, redeem, userinfo
from tests.factories.people import person, phone_of
from tests.freedom_id.api.backend import Backend

PHONE = "value.read.phone"


@pytest.fixture
def other_phone(account):
    return account.credentials.get(type="mobile", is_primary=False)


@pytest.fixture
def backend(registered):
    client, secret = registered
    return Backend(client.client_id, secret)


def share(home, page, **chosen):
    """The partner's answer to the person's yes, with every optional datum."""
    ticked = re.findall(r'type="checkbox" name="grants" value="([^"]+)"', page.text)
    return home.post(page, "decision", decision="allow", grants=ticked, **chosen).returned


def info_after(backend, returned):
    return backend.info(backend.token(returned["authorization_code"]).json()["access_token"]).json()


def test_every_proven_number_is_offered_masked_and_the_main_one_first(ask, account, other_phone):
    page = ask("read.firstname", "read.phone")

    offered = re.findall(rf'type="radio" name="{PHONE}" value="(\d+)"( checked)?', page.text)
    main = account.credentials.get(type="mobile", is_primary=True)
    assert offered == [(str(main.number), " checked"), (str(other_phone.number), "")]
    assert not {main.value, other_phone.value} & set(re.findall(r"\+\d+", page.text))


def test_the_partner_sees_the_chosen_one_and_no_other(home, ask, backend, other_phone):
    returned = share(home, ask("read.firstname", "read.phone"), **{PHONE: other_phone.number})

    assert info_after(backend, returned)["phone"] == other_phone.value


def test_the_main_one_goes_with_a_page_that_was_left_as_it_was(home, ask, backend, account):
    returned = share(home, ask("read.firstname", "read.phone"))

    assert info_after(backend, returned)["phone"] == phone_of(account)


def test_the_standard_door_shows_the_chosen_one_in_userinfo_and_id_token(walk, home, registered, other_phone):
    client, secret = registered
    asked = '{"id_token": {"phone_number": null}}'
    page = authorize(walk, client, scope="openid phone offline_access", claims=asked)
    answer = redeem(client, secret, share(home, page, **{PHONE: other_phone.number})["code"]).json()

    assert userinfo(answer["access_token"]).json()["phone_number"] == other_phone.value
    assert claims_of(answer["id_token"])["phone_number"] == other_phone.value


def test_a_profile_holds_the_chosen_one(home, ask, backend, other_phone):
    returned = share(home, ask("read.firstname", "read.phone", "read.profile"), **{PHONE: other_phone.number})
    access = live_access(backend.token(returned["authorization_code"]).json()["access_token"])
    submit_profile_request(access, uuid4())
    fulfil_profile_request(str(ProfileRequest.objects.get().pk))

    assert ProfileRequest.objects.get().state == "completed"
    live = Authorization.objects.get()
    assert personal(live.account, chosen_values(live.grants))["personal"]["phone"] == other_phone.value


def test_another_persons_number_or_none_of_hers_is_asked_again(home, ask, account, another_persons_number):
    page = ask("read.firstname", "read.phone")
    for odd in (another_persons_number, 1, "x", -1, 2**70, account.credentials.filter(type="email").first().number):
        again = home.post(page, "decision", decision="allow", grants=["read.phone"], **{PHONE: odd})
        assert (again.status, ConsentTransaction.objects.count()) == (409, 0)


def test_a_form_that_names_none_shares_none(home, ask, backend):
    returned = share(home, ask("read.firstname", "read.phone"), **{PHONE: ""})

    assert info_after(backend, returned)["phone"] is None


@pytest.fixture
def another_persons_number(db):
    return person().credentials.filter(type="mobile").first().number


def test_a_chosen_one_that_was_removed_is_followed_by_nothing(home, ask, backend, other_phone, registered):
    returned = share(home, ask("read.firstname", "read.phone"), **{PHONE: other_phone.number})
    access = backend.token(returned["authorization_code"]).json()["access_token"]
    other_phone.delete()

    assert backend.info(access).json()["phone"] is None
    page = home.get(f"/me/apps/{Authorization.objects.get().pk}/")
    assert "What you had chosen is no longer in your account." in page.text


def test_what_was_removed_is_asked_about_at_the_next_sign_in(home, ask, backend, other_phone, account):
    share(home, ask("read.firstname", "read.phone"), **{PHONE: other_phone.number})
    other_phone.delete()

    page = ask("read.firstname", "read.phone")
    assert re.findall(r'type="checkbox" name="grants" value="([^"]+)"', page.text) == ["read.phone"]
    assert info_after(backend, share(home, page))["phone"] == phone_of(account)


def test_a_number_that_came_after_the_page_is_not_told_until_it_was_on_one(home, ask, backend, account):
    account.credentials.filter(type="email").delete()
    page = ask("read.firstname", "read.email")
    assert "Not given yet" in page.text
    came = {"value": "new@mail.example", "is_primary": True, "verified_at": account.created_at}
    account.credentials.create(type="email", value_index="new", **came)
    returned = share(home, page)

    assert info_after(backend, returned)["email"] is None
    assert info_after(backend, share(home, ask("read.firstname", "read.email")))["email"] == "new@mail.example"


def test_a_consent_from_before_there_was_a_choice_shows_the_main_one(home, ask, backend, account):
    returned = share(home, ask("read.firstname", "read.phone"))
    row = Authorization.objects.get()
    del row.grants["read.phone"]["value"]
    row.save()

    assert info_after(backend, returned)["phone"] == phone_of(account)
    assert "Continue as" in ask("read.firstname", "read.phone").text


def test_the_choice_outlives_a_later_question_about_something_else(home, ask, backend, other_phone):
    share(home, ask("read.firstname", "read.phone"), **{PHONE: other_phone.number})

    returned = share(home, ask("read.firstname", "read.phone", "read.gender"))

    assert info_after(backend, returned)["phone"] == other_phone.value


def test_the_evidence_says_which_one_by_its_mask(home, ask, account, other_phone):
    share(home, ask("read.firstname", "read.phone"), **{PHONE: other_phone.number})

    row = ConsentTransaction.objects.filter(subject=subject_for_account(account)).last()
    kept = open_evidence(row.evidence_id, actor_ref="staff", reason="a test")
    assert kept["values"]["read.phone"].endswith(other_phone.value[-2:])
    assert other_phone.value not in str(kept)
