"""Native apps: what Android and Apple are told (RFC 8252 §7.2, Digital Asset Links, Apple's universal links)."""

from typing import Any

import pytest
from django.test import Client

from freedom_id.domain.client_status import close_client, resume_client, suspend_client
from freedom_id.models import PartnerClient
from tests.compliance.standard_door import ISSUER, authorize
from tests.factories.people import partner

FINGERPRINT = ":".join(["AB"] * 31 + ["01"])
OTHER = ":".join(["0C"] * 32)
PACKAGE = "uz.freedom.shop"
APPLE = "A1B2C3D4E5.uz.freedom.shop"
CLAIMED = f"{ISSUER}/apps/shop/callback"
EMPTY = ([], {"applinks": {"details": []}, "webcredentials": {"apps": []}})


def documents() -> tuple[list[Any], dict[str, Any]]:
    return get("assetlinks.json").json(), get("apple-app-site-association").json()


def get(name: str) -> Any:
    return Client().get(f"/.well-known/{name}")


def app(**columns: Any) -> PartnerClient:
    client = partner(redirect_uris=[CLAIMED, "uz.freedom.shop:/callback"], native=True, first_party=True)[0]
    for name, value in columns.items():
        setattr(client, name, value)
    client.save()
    return client


def target(*fingerprints: str) -> dict[str, Any]:
    return {
        "namespace": "android_app",
        "package_name": PACKAGE,
        "sha256_cert_fingerprints": list(fingerprints),
    }


@pytest.mark.requirement("RFC 8252 §7.2")
def test_an_app_opens_its_own_https_redirects_and_nothing_else_of_ours(db):
    app(android_package=PACKAGE, android_fingerprints=f"{FINGERPRINT} {OTHER}", apple_app_ids=f"{APPLE} Z{APPLE[1:]}")
    links, association = documents()
    assert links == [{"relation": ["delegate_permission/common.handle_all_urls"], "target": target(FINGERPRINT, OTHER)}]
    assert association == {
        "applinks": {"details": [{"appIDs": [APPLE, f"Z{APPLE[1:]}"], "components": [{"/": "/apps/shop/callback"}]}]},
        "webcredentials": {"apps": []},
    }


def test_passkeys_are_a_permission_of_their_own(db):
    client = app(android_package=PACKAGE, android_fingerprints=OTHER, apple_app_ids=APPLE, passkeys_in_app=True)
    relation = documents()[0][0]["relation"]
    assert relation == ["delegate_permission/common.handle_all_urls", "delegate_permission/common.get_login_creds"]
    client.redirect_uris = "uz.freedom.shop:/callback https://shop.example/apps/shop/callback"
    client.save()
    links, association = documents()
    assert links == [{"relation": ["delegate_permission/common.get_login_creds"], "target": target(OTHER)}]
    assert association == {"applinks": {"details": []}, "webcredentials": {"apps": [APPLE]}}


def test_without_apps_the_lists_are_empty(db):
    app()
    assert documents() == EMPTY
    app(apple_app_ids=APPLE, redirect_uris="uz.freedom.shop:/callback")
    app(android_package=PACKAGE, android_fingerprints=OTHER, redirect_uris="uz.freedom.shop:/callback")
    assert documents() == EMPTY


def test_a_client_that_is_not_active_vanishes_at_once(db):
    client = app(android_package=PACKAGE, android_fingerprints=OTHER, apple_app_ids=APPLE, passkeys_in_app=True)
    here = documents()
    suspend_client(client)
    assert documents() == EMPTY
    resume_client(client)
    assert documents() == here != EMPTY
    close_client(client)
    assert documents() == EMPTY


@pytest.mark.parametrize("name", ["assetlinks.json", "apple-app-site-association"])
def test_the_documents_are_json_that_may_be_cached(name, db, django_assert_num_queries):
    app(android_package=PACKAGE, android_fingerprints=OTHER, apple_app_ids=APPLE)
    app(android_package=PACKAGE, android_fingerprints=OTHER, apple_app_ids=APPLE)
    with django_assert_num_queries(1):
        answer = get(name)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert Client().post(f"/.well-known/{name}").status_code == 405


@pytest.mark.requirement("RFC 8252 §7.2")
def test_a_claimed_https_redirect_is_compared_exactly(db, walk):
    client = app()
    for uri in (f"{CLAIMED}/", f"{CLAIMED}?x=1", CLAIMED.upper()):
        assert authorize(walk, client, redirect_uri=uri).status == 400, uri
    assert authorize(walk, client, redirect_uri=CLAIMED).status == 200


@pytest.mark.requirement("RFC 8252 §8.1")
def test_a_native_client_without_pkce_gets_no_code(db, walk):
    page = authorize(walk, app(), redirect_uri="uz.freedom.shop:/callback", code_challenge=None)
    assert page.returned["error"] == "invalid_request"
