"""The parts of the standard door by themselves."""

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from freedom_id.authorization_server.authorize import read_authorization_request
from freedom_id.authorization_server.id_token import at_hash
from freedom_id.authorization_server.scopes import ClientScopes
from freedom_id.domain.signing_keys import ensure_signing_key, forget_keys
from freedom_id.grants import GRANTS, SCOPES, grants_for_scopes
from freedom_id.models import AuthorizationRequest
from tests.compliance.standard_door import request_url
from tests.factories.people import REDIRECT_URI, partner


@pytest.mark.requirement("OIDC Core §3.1.3.6")
def test_at_hash_is_the_left_half_of_the_digest():
    assert at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ"  # Core §A.3's pair


def test_a_client_may_name_its_scopes_and_its_grants_and_no_others(db):
    client, _secret = partner(scopes=["openid", "email"], grants=["read.phone"], required_grants=[])

    assert ClientScopes().get_available_scopes(client) == ["openid", "email", "read.phone"]
    assert ClientScopes().get_available_scopes(None) == []
    assert set(ClientScopes().get_all_scopes()) == set(SCOPES)


def test_the_scope_of_everything_is_for_clients_of_the_group(db):
    client, _secret = partner(scopes=["openid", "account"], grants=[], required_grants=[], first_party=True)

    assert ClientScopes().get_available_scopes(client) == ["openid", "account"]
    client.first_party = False
    assert ClientScopes().get_available_scopes(client) == ["openid"]


def test_scopes_name_grants_once_in_the_tables_order():
    asked = grants_for_scopes(["read.email", "email", "profile", "openid", "nonsense"])

    assert asked == [code for code in GRANTS if code in set(asked)]
    assert {"read.email", "read.firstname"} <= set(asked)


def test_a_request_is_read_into_a_row_that_is_not_saved(db):
    client, _secret = partner()
    url = request_url(client, ui_locales="kk ru", max_age="7")

    asked = read_authorization_request(RequestFactory().get(url).GET)

    assert (asked.client, asked.redirect_uri, asked.state) == (client, REDIRECT_URI, "xyz")
    assert (asked.locale, asked.max_age, asked.door) == ("kk", 7, "oauth")
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json"]
)
def test_public_documents_cost_no_statement(db, path):
    forget_keys()
    ensure_signing_key()
    Client().get(path)
    with CaptureQueriesContext(connection) as captured:
        assert Client().get(path).status_code == 200
    forget_keys()

    assert [query["sql"] for query in captured] == []
