"""Headers of the pages, and the pages in five languages."""

import re

import pytest
from django.conf import settings
from django.test import Client

from tests.compliance.standard_door import authorize
from tests.factories.people import partner, phone_of
from tests.journeys.walk import FreedomWalk

PATHS = ["/login", "/login/password", "/me/", "/me/apps/", "/consent?track_id=x", "/nowhere", "/oauth2/authorize"]


def directives(page):
    return dict(part.strip().partition(" ")[::2] for part in page.headers["content-security-policy"].split(";"))


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_closed_to_frames_scripts_caches_and_sniffing(home, path):
    page = home.get(path)

    policy = directives(page)
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert (policy["frame-ancestors"], policy["base-uri"], policy["form-action"]) == ("'none'", "'none'", "'self'")
    assert "no-store" in page.headers["cache-control"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize("path", PATHS)
def test_no_page_has_inline_code(home, path):
    text = home.get(path).text

    assert not re.findall(r"<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:", text)


def test_the_partners_origin_is_in_form_action_from_sign_in_to_consent(walk, account, registered):
    client, secret = registered
    page = walk.get(walk.link(client.client_id, secret, grants=["read.firstname"]))
    seen = [page]
    seen.append(walk.post(seen[-1], "identifier", identifier=phone_of(account)))
    seen.append(walk.post(seen[-1], "password", password="wrong"))
    seen.append(walk.post(seen[-1], "password", password="correct horse battery"))

    assert {directives(page)["form-action"] for page in seen} == {"'self' https://partner.example"}


def test_a_native_apps_scheme_is_in_form_action(home):
    app, _none = partner(client_type="public", redirect_uris=["com.example.app:/cb"])
    page = authorize(home, app, redirect_uri="com.example.app:/cb")

    assert directives(page)["form-action"] == "'self' com.example.app:"
    assert home.consent(page).location.startswith("com.example.app:/cb?")


@pytest.mark.parametrize("language", dict(settings.LANGUAGES))
def test_every_page_speaks_the_language_that_was_chosen(home, language):
    page = home.get("/me/")
    home.fetch("POST", "/language/setlang/", page.form("language").fields | {"language": language})

    for path in ("/login?switch=1", "/me/", "/me/apps/", "/consent?track_id=x"):
        text = home.get(path).text
        assert f'<html lang="{language}" dir="ltr">' in text
        assert f'<button name="language" value="{language}" lang="{language}" aria-current="true">' in text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_language_menu_leads_nowhere_else(home, target):
    fields = {"language": "ru", "next": target}

    answer = home.browser.post("/language/setlang/", fields)

    assert "evil" not in answer["Location"]


def test_a_missing_page_and_a_refused_post_are_pages_of_ours(db):
    walk = FreedomWalk(Client(enforce_csrf_checks=True))

    for page, status in ((walk.get("/nowhere"), 404), (walk.fetch("POST", "/login", {}), 403)):
        assert page.status == status
        assert "<title>" in page.text
        assert '<html lang="en"' in page.text
