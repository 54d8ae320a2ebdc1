import json
from uuid import uuid4

import pytest
from django.http import HttpResponse

from freedom_id.domain.client_secrets import callback_key
from freedom_id.domain.revoke_callbacks import signature
from identity_portal.demo_partner.models import IN_POPUP, Visit
from identity_portal.demo_partner.visits import remember_visit

pytestmark = pytest.mark.django_db
SECRET = "a secret of the shop"


@pytest.fixture
def visit(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    partner = {"name": "Aral Market", "client_id": "c", "secret": SECRET, "redirect_uris": ["http://testserver/back"]}
    (tmp_path / "demo.json").write_text(json.dumps({"base_url": "http://testserver", "partners": [partner]}))
    return Visit.objects.create(token_id=uuid4(), access_token="a", refresh_token="r")


def notify(client, visit, *secrets):
    body = f'{{"id": "{visit.token_id}"}}'.encode()
    headers = {"X-Signature": signature(body, *map(callback_key, secrets))}
    return client.post("/demo/partner/revoked", body, content_type="application/json", headers=headers).status_code


@pytest.mark.parametrize("secrets", [(SECRET,), (SECRET, "next"), ("former", SECRET)], ids=["one", "former", "present"])
def test_a_signed_notice_ends_the_visit_and_its_tokens(client, visit, secrets):
    assert notify(client, visit, *secrets) == 204
    visit.refresh_from_db()
    assert (visit.ended_at is not None, visit.access_token, visit.refresh_token) == (True, "", "")


def test_a_notice_of_somebody_else_changes_nothing(client, visit):
    assert notify(client, visit, "another secret") == 401
    visit.refresh_from_db()
    assert visit.ended_at is None


def test_a_way_back_without_its_visit_is_a_page(client, visit):
    answer = client.get("/demo/partner/callback", {"authorization_code": "c", "state": visit.state})
    assert (answer.status_code, "does not belong to this browser" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("popup", [False, True], ids=["same-window", "popup"])
def test_a_refusal_brings_the_window_with_the_button_on(client, visit, popup):
    visit.state = IN_POPUP * popup + visit.state
    visit.save()
    client.cookies = remember_visit(HttpResponse(), visit).cookies
    answer = client.get("/demo/partner/callback", {"error_code": "100102", "state": visit.state})

    link = b'<a class="again" href="/demo/partner/refused" data-freedom-id-result="refused">'
    assert (answer.headers.get("Location"), link in answer.content) == (
        None if popup else "/demo/partner/refused",
        popup,
    )
    assert "You did not share your data" in client.get("/demo/partner/refused").content.decode()


def test_the_home_page_moves_to_the_registered_host(client, visit):
    assert (
        client.get("/demo/partner/", headers={"host": "localhost"}).headers["Location"].startswith("http://testserver/")
    )
