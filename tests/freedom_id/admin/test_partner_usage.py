"""The page of how a partner is used."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories.people import partner, person
from tests.freedom_id.api.backend import Backend, basic

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh() -> Any:
    cache.clear()
    yield
    cache.clear()


def rows_of(page: str, figure: str) -> list[list[str]]:
    part = page.partition(f'<h3 id="figure-{figure}"')[2].partition("</section>")[0]
    body = part.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)]


def page_of(root: Client, pk: object, query: str = "") -> str:
    cache.clear()
    answer = root.get(f"/admin/freedom_id/partnerclient/{pk}/usage/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_funnel_and_the_errors_of_one_partner(root: Client) -> None:
    client, secret = partner(name="Shop <b>")
    shop = Backend(client.client_id, secret)
    shop.link()
    shop.link(locale="uz")
    shop.ask(person())
    walk, asked = shop.ask(person())
    walk.consent(asked, decision="deny")
    shop.tokens(person())
    shop.refresh("x")
    shop.token("x" * 64)
    Backend(client.client_id, secret, api="/consents/v1").call(
        "GET", "/check", authorization=basic(client.client_id, secret)
    )
    page = page_of(root, client.pk)
    assert rows_of(page, "funnel") == [
        ["Links", "5", "100%", "100%"],
        ["Signed in", "3", "60%", "60%"],
        ["Agreed", "1", "20%", "33%"],
        ["Tokens", "1", "20%", "100%"],
    ]
    assert [row[1:] for row in rows_of(page, "usage")] == [["1", "0"]]
    assert [row[1:] for row in rows_of(page, "requests")] == [["2", "1", "1", "1"]]
    assert sorted(rows_of(page, "errors")) == [
        ["Checks of consents", "invalid_request", "1"],
        ["Freedom ID", "100101", "1"],
    ]
    assert "Shop &lt;b&gt;" in page
    assert rows_of(page_of(root, client.pk, "?language=uz"), "funnel") == [
        ["Links", "1", "100%", "100%"],
        ["Signed in", "0", "0%", "0%"],
        ["Agreed", "0", "0%", "–"],
    ]


def test_a_partner_that_did_nothing_has_a_calm_page_and_an_unknown_one_none(root: Client) -> None:
    client, _secret = partner()
    page = page_of(root, client.pk, "?period=x&language=%00")
    assert page.count("Nothing was counted in this time.") == 5
    assert "errorlist" in page
    assert root.get("/admin/freedom_id/partnerclient/999999/usage/").status_code == 404
    assert root.get("/admin/freedom_id/partnerclient/x/usage/").status_code == 404
    assert root.post(f"/admin/freedom_id/partnerclient/{client.pk}/usage/").status_code == 405


def test_the_page_of_the_partner_leads_there(root: Client) -> None:
    client, _secret = partner()
    assert f"/{client.pk}/usage/" in root.get(f"/admin/freedom_id/partnerclient/{client.pk}/change/").content.decode()


def test_it_takes_as_many_statements_for_three_as_for_one(root: Client) -> None:
    client, secret = partner()
    shop, numbers = Backend(client.client_id, secret), []
    for times in (1, 2):
        for _time in range(times):
            shop.tokens(person())
            shop.token("x" * 64)
        cache.clear()
        with CaptureQueriesContext(connection) as found:
            page = root.get(f"/admin/freedom_id/partnerclient/{client.pk}/usage/")
        assert page.status_code == 200
        numbers.append(len(found))
    assert numbers == [17, 17]
