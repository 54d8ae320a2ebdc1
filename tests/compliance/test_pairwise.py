"""Pairwise subject identifiers: OpenID Connect Core §8."""

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from freedom_id.domain.pairwise_subjects import subject_of
from freedom_id.errors import InvalidFields
from freedom_id.models import BridgePolicy, PartnerClient
from tests.compliance.standard_door import authorize, claims_of, obtain_code, post_form, redeem, refresh, userinfo
from tests.factories.people import REDIRECT_URI, partner, person
from tests.journeys.walk import FreedomWalk

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
pytestmark = pytest.mark.requirement("OIDC Core §8")


@pytest.fixture
def registered(db):
    return partner(subject_type="pairwise")


def sub_at(walk, account, **stated):
    client, secret = partner(**stated)
    body = redeem(client, secret, obtain_code(walk, client, account, prompt="login")).json()
    return claims_of(body["id_token"])["sub"]


def introspected(client, secret, token):
    return post_form("/oauth2/introspect", {"token": token}, basic=(client.client_id, secret)).json()["sub"]


def test_it_is_the_same_wherever_this_client_reads_it(client, secret, tokens, account):
    later = refresh(client, secret, tokens["refresh_token"]).json()
    seen = {
        claims_of(tokens["id_token"])["sub"],
        claims_of(tokens["access_token"])["sub"],
        userinfo(tokens["access_token"]).json()["sub"],
        introspected(client, secret, later["access_token"]),
        introspected(client, secret, later["refresh_token"]),
        claims_of(later["id_token"])["sub"],
        claims_of(later["access_token"])["sub"],
    }

    (sub,) = seen
    assert uuid.UUID(sub).version == 8
    assert sub not in {str(account.freedom_id), str(account.pk)}


def test_clients_of_one_sector_share_it_and_others_do_not(walk, account):
    first = sub_at(walk, account, subject_type="pairwise")

    assert sub_at(walk, account, subject_type="pairwise", sector_identifier="Partner.Example") == first
    assert sub_at(walk, account, subject_type="pairwise", sector_identifier="other.example") != first
    assert sub_at(walk, account) == str(account.freedom_id)


def test_two_people_are_two(client):
    people = [person(), person()]

    assert len({subject_of(each.freedom_id, client.sector_identifier) for each in people}) == 2


def test_a_token_exchanged_for_it_names_the_person_as_its_audience_knows_her(walk, account, client, secret, tokens):
    other, other_secret = partner(subject_type="pairwise", sector_identifier="other.example")
    code = obtain_code(walk, other, account, prompt="login")
    BridgePolicy.objects.create(caller=client, audience=other)
    fields = {"grant_type": EXCHANGE, "subject_token": tokens["access_token"], "audience": other.client_id}
    fresh = redeem(client, secret, authorize(walk, client, prompt="none").returned["code"]).json()
    fields["subject_token"] = fresh["access_token"]

    exchanged = post_form("/oauth2/token", fields, basic=(client.client_id, secret)).json()["access_token"]

    theirs = claims_of(redeem(other, other_secret, code).json()["id_token"])["sub"]
    assert claims_of(exchanged)["sub"] == introspected(other, other_secret, exchanged) == theirs
    assert theirs != claims_of(fresh["id_token"])["sub"]


def test_a_hint_is_read_as_the_asking_client_knows_the_person(walk, client, tokens):
    assert "code" in authorize(walk, client, prompt="none", id_token_hint=tokens["id_token"]).returned
    other = FreedomWalk(Client())
    obtain_code(other, client, person())
    returned = authorize(other, client, prompt="none", id_token_hint=tokens["id_token"]).returned
    assert returned["error"] == "login_required"


@pytest.mark.parametrize("asks", ["public", "pairwise"])
def test_a_hint_of_the_other_kind_tells_nobody_who_it_is(walk, account, asks):
    public, public_secret = partner()
    hints = {public: redeem(public, public_secret, obtain_code(walk, public, account)).json()["id_token"]}
    pairwise, secret = partner(subject_type="pairwise")
    hints[pairwise] = redeem(pairwise, secret, obtain_code(walk, pairwise, account, prompt="login")).json()["id_token"]
    obtain_code(walk, public, account, prompt="login")
    asking, foreign = (public, pairwise) if asks == "public" else (pairwise, public)

    returned = authorize(walk, asking, prompt="none", id_token_hint=hints[foreign]).returned

    assert returned["error"] == "login_required"


@pytest.mark.requirement("OIDC Core §8.1")
def test_the_sector_is_the_host_of_the_addresses(client):
    assert client.sector_identifier == "partner.example"


@pytest.mark.requirement("OIDC Core §8.1")
@pytest.mark.parametrize(
    ("uris", "native"),
    [
        ([REDIRECT_URI, "https://shop.example/cb"], False),
        (["http://127.0.0.1/cb"], True),
        (["org.example.app:/cb"], True),
        ([REDIRECT_URI, "org.example.app:/cb"], True),
    ],
    ids=["two hosts", "loopback", "own scheme", "host and own scheme"],
)
def test_addresses_without_one_host_need_a_named_sector(db, uris, native):
    with pytest.raises(InvalidFields) as refused:
        partner(redirect_uris=uris, native=native, subject_type="pairwise")
    assert list(refused.value.errors) == ["sector_identifier"]

    named, _secret = partner(redirect_uris=uris, native=native, subject_type="pairwise", sector_identifier="a.example")
    assert named.sector_identifier == "a.example"


@pytest.mark.parametrize(
    "stated",
    [
        {"subject_type": "odd"},
        {"sector_identifier": "a.example"},
        {"subject_type": "pairwise", "sector_identifier": "https://a.example/x"},
        {"subject_type": "pairwise", "redirect_uris": ["https://["]},
    ],
    ids=["kind", "public", "address", "malformed"],
)
def test_what_makes_no_sense_is_refused(db, stated):
    with pytest.raises(InvalidFields):
        partner(**stated)


@pytest.mark.parametrize("columns", [{"sector_identifier": ""}, {"subject_type": "public"}], ids=str)
def test_the_database_keeps_kind_and_sector_together(client, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerClient.objects.filter(pk=client.pk).update(**columns)
