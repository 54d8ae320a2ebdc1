"""/api/schema and /api/docs: cacheable, from this portal alone, under the policy of the pages."""

import re
from typing import Any

import pytest
import requests
from django.test import Client
from playwright.sync_api import Browser

from tests.chromium import watched
from tests.openapi import openapi
from tests.servers.portal import Portal


def test_the_document_is_yaml_that_may_be_kept() -> None:
    """RFC 9512 names the media type."""
    answer = Client().get("/api/schema")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/yaml")
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert answer.content.decode().endswith("\n")
    again = Client().get("/api/schema", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_loads_nothing_from_elsewhere_and_has_no_inline_code() -> None:
    answer = Client().get("/api/docs")
    text = answer.content.decode()
    assert "script-src 'self'; style-src 'self'" in answer["Content-Security-Policy"]
    assert re.findall(r'(?:src|href)="(?!/(?:static/|api/schema"))[^"]*"', text) == []
    assert not re.findall(r"<script>|<style|\sstyle=|\son\w+=|javascript:", text)
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', text):
        assert Client().get(path).getvalue(), path


@pytest.mark.browser
@pytest.mark.postgresql
def test_a_browser_shows_every_door_and_tries_one_out(portal: Portal, chromium: Browser) -> None:
    kept: Any = requests.get(f"{portal.url}/api/schema", timeout=10)
    assert not {"Set-Cookie", "Vary"} & set(kept.headers)
    with watched(chromium, portal.url) as browser:
        page = browser.page
        page.goto(f"{portal.url}/api/docs")
        for tag in openapi()["tags"]:
            page.get_by_role("link", name=tag["name"], exact=True).wait_for()
        page.get_by_role("link", name="OAuth 2.0 and OpenID Connect", exact=True).click()
        page.locator(".opblock-summary", has_text="jwks.json").get_by_role("button").first.click()
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        page.locator(".live-responses-table").get_by_text('"keys"').wait_for()
