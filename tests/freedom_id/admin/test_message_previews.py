"""The page of messages: what people and partners receive, for whoever may view the notices."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from freedom_id.domain.messages.samples import samples
from freedom_id.models import Account, Notice
from tests.chromium import LANGUAGES
from tests.freedom_id.admin.conftest import SignedIn

PAGE = "/admin/freedom_id/notice/messages/"
LETTER = f"{PAGE}notice-device-email/en.html"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_on_the_page_of_a_language(root: Client, language: str) -> None:
    answer = root.get(PAGE, {"language": language})
    text = answer.content.decode()
    for sample in samples():
        assert f'id="{sample.name}"' in text
        assert (f"{PAGE}{sample.name}/{language}.html" in text) == (sample.channel == "email")
    assert "frame-src 'self'" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert text.count("<iframe") == text.count(" sandbox loading=") > 0
    assert not Notice.objects.exists()


def test_a_letter_can_do_nothing_in_its_frame(root: Client) -> None:
    answer = root.get(LETTER)
    policy = answer.headers["content-security-policy"].split("; ")
    assert policy[:2] == ["sandbox", "default-src 'none'"]
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["cache-control"].endswith("private")
    assert "New sign-in to your Freedom ID" in answer.content.decode()


def test_no_other_page_may_have_frames(root: Client) -> None:
    policy = root.get("/admin/freedom_id/notice/").headers["content-security-policy"]
    assert "frame-src" not in policy


@pytest.mark.parametrize(
    "tail", ["no-such/en.html", "notice-device-sms/en.html", "notice-device-email/fr.html", "push/en.html"]
)
def test_what_is_no_letter_is_not_found(root: Client, tail: str) -> None:
    assert root.get(PAGE + tail).status_code == 404


def test_an_odd_language_shows_english(root: Client) -> None:
    assert 'lang="en" aria-current="page"' in root.get(PAGE, {"language": "\x00xx"}).content.decode()


def test_the_list_of_notices_leads_there(root: Client) -> None:
    assert f'href="{PAGE}"' in root.get("/admin/freedom_id/notice/").content.decode()


@pytest.mark.parametrize("address", [PAGE, LETTER], ids=["page", "letter"])
def test_only_for_staff_who_may_view_notices(clerk: Account, signed_in: SignedIn, address: str) -> None:
    assert Client().get(address).status_code == 302
    assert signed_in(clerk).get(address).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_notice"))
    assert signed_in(Account.objects.get(pk=clerk.pk)).get(address).status_code == 200
