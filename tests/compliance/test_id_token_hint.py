"""`id_token_hint`: OpenID Connect Core §3.1.2.1."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from freedom_id.domain.signing_keys import PUBLISHED_BEFORE_USE, activate_published_keys, publish_next_key
from freedom_id.enums import KeyState
from freedom_id.models import SigningKey
from tests.compliance.standard_door import authorize, claims_of, obtain_code, redeem
from tests.factories.people import person
from tests.journeys.walk import FreedomWalk


@pytest.fixture
def hint(client, secret, walk, account) -> str:
    token: str = redeem(client, secret, obtain_code(walk, client, account)).json()["id_token"]
    return token


@pytest.mark.requirement("OIDC Core §3.1.2.1")
def test_the_person_who_is_expected_is_answered_for(walk, client, hint):
    assert "code" in authorize(walk, client, prompt="none", id_token_hint=hint).returned


@pytest.mark.requirement("OIDC Core §3.1.2.1")
def test_somebody_else_is_not(client, hint):
    other = FreedomWalk(Client())
    obtain_code(other, client, person())
    assert authorize(other, client, prompt="none", id_token_hint=hint).returned["error"] == "login_required"
    assert 'name="identifier"' in authorize(other, client, id_token_hint=hint).text
    assert "code" in authorize(other, client).returned


@pytest.mark.requirement("security.md T12")
def test_a_hint_is_known_after_its_end_and_after_a_rotation(walk, client, hint):
    publish_next_key()
    SigningKey.objects.filter(state=KeyState.PUBLISHED).update(created_at=timezone.now() - PUBLISHED_BEFORE_USE)
    activate_published_keys()
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        assert claims_of(hint)["exp"] < timezone.now().timestamp()
        assert "code" in authorize(walk, client, prompt="none", id_token_hint=hint).returned


@pytest.mark.requirement("security.md T9")
@pytest.mark.parametrize("odd", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "é", "access"])
def test_what_we_did_not_sign_as_an_id_token_is_refused(walk, client, tokens, odd):
    odd = tokens["access_token"] if odd == "access" else odd
    assert authorize(walk, client, id_token_hint=odd).returned["error"] == "invalid_request"
