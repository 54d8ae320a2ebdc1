"""By which algorithm a client gets its ID tokens: `id_token_signed_response_alg` (OpenID Connect Core §2, §3.1.3.6)."""

import base64
import hashlib

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from freedom_id.domain.signing_keys import forget_keys
from freedom_id.errors import InvalidFields
from freedom_id.models import PartnerClient, SigningKey
from tests.compliance.standard_door import authorize, claims_of, obtain_code, redeem, refresh
from tests.compliance.test_metadata import metadata
from tests.compliance.test_signed_userinfo import verified
from tests.factories.people import partner


def at_hash(access_token):
    left = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(left).rstrip(b"=").decode()


@pytest.mark.requirement("OIDC Core §3.1.3.6")
@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_it_is_signed_as_the_client_registered(walk, account, algorithm):
    client, secret = partner(id_token_signed_response_alg=algorithm)
    first = redeem(client, secret, obtain_code(walk, client, account)).json()
    later = refresh(client, secret, first["refresh_token"]).json()

    for body in (first, later):
        claims = verified(body["id_token"], algorithm)
        assert (claims["aud"], claims["at_hash"]) == (client.client_id, at_hash(body["access_token"]))
        verified(body["access_token"], "ES256")
    assert "code" in authorize(walk, client, prompt="none", id_token_hint=first["id_token"]).returned


@pytest.mark.requirement("OIDC Core §10.1.1")
@pytest.mark.parametrize("field", ["id_token_signed_response_alg", "userinfo_signed_response_alg"])
def test_the_key_is_published_before_it_signs(db, field):
    partner(**{field: "RS256"})
    forget_keys()

    published = Client().get("/.well-known/jwks.json").json()["keys"]

    assert [(key["kty"], key["alg"]) for key in published] == [("RSA", "RS256")]


def test_who_did_not_ask_for_it_makes_no_key_and_gets_es256(walk, account, client, secret):
    body = redeem(client, secret, obtain_code(walk, client, account)).json()

    assert claims_of(body["id_token"])["at_hash"]
    verified(body["id_token"], "ES256")
    assert [key.algorithm for key in SigningKey.objects.all()] == ["ES256"]


@pytest.mark.parametrize("algorithm", ["none", "HS256", "PS256", ""], ids=repr)
def test_an_algorithm_that_is_not_advertised_cannot_be_registered(db, client, algorithm):
    assert algorithm not in metadata()["id_token_signing_alg_values_supported"]
    with pytest.raises(InvalidFields) as refused:
        partner(id_token_signed_response_alg=algorithm)
    assert list(refused.value.errors) == ["id_token_signed_response_alg"]
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerClient.objects.filter(pk=client.pk).update(id_token_signed_response_alg=algorithm)
