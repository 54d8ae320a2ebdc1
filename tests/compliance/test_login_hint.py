"""Who it may be and in which language: `login_hint`, `ui_locales` (OpenID Connect Core §3.1.2.1)."""

import logging

import pytest
from django.db import connection

from freedom_id.models import AuthorizationRequest
from tests.compliance.standard_door import authorize, obtain_code
from tests.factories.people import person, phone_of

FIELD = "identifier"


def prefilled(page):
    return page.form(FIELD).fields[FIELD]


@pytest.mark.requirement("OIDC Core §3.1.2.1")
@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        ("+998 90 123-45-67", "+998901234567"),
        ("998901234567", "+998901234567"),
        ("Dilnoza@Mail.Example", "Dilnoza@mail.example"),
        ("dilnoza", ""),
        ("12", ""),
        ('"><script>alert(1)</script>@mail.example', ""),
        ("", ""),
        ("a" * 300 + "@mail.example", ""),
        ("+99890123456٧", "+998901234567"),
    ],
    ids=["phone", "digits", "mail", "name", "short", "markup", "empty", "long", "other digits"],
)
def test_a_number_or_address_stands_in_the_field(walk, client, hint, shown):
    assert prefilled(authorize(walk, client, login_hint=hint)) == shown


def test_it_signs_nobody_in_and_may_be_written_over(walk, client, account):
    page = authorize(walk, client, login_hint=phone_of(person()))
    page = walk.post(page, "identifier", identifier=phone_of(account))
    page = walk.post(page, "password", password="correct horse battery")

    assert 'name="decision"' in page.text


def test_who_is_signed_in_is_answered_for_whatever_the_hint_says(walk, client, account):
    obtain_code(walk, client, account)

    assert "code" in authorize(walk, client, prompt="none", login_hint="+998901234567").returned


@pytest.mark.requirement("security.md §5")
def test_it_is_sealed_where_it_is_kept_and_not_logged(walk, client, caplog):
    with caplog.at_level(logging.DEBUG, logger="freedom_id"):
        page = authorize(walk, client, login_hint="+998901234567")

    with connection.cursor() as cursor:
        cursor.execute("SELECT login_hint FROM freedom_id_authorizationrequest")
        ((kept,),) = cursor.fetchall()
    assert kept.startswith("k1:")
    assert AuthorizationRequest.objects.get().login_hint == "+998901234567"
    assert "998901234567" not in page.url + caplog.text + str(AuthorizationRequest.objects.get())


@pytest.mark.requirement("OIDC Core §3.1.2.1")
@pytest.mark.parametrize(
    ("locales", "spoken"),
    [
        ("ru en", "ru"),
        ("fr de uz ru", "uz"),
        ("fr-CA kk-KZ", "kk"),
        ("UZ-Latn-UZ", "uz"),
        ("fr de", "en"),
        ("", "en"),
        ("x" * 300, "en"),
    ],
    ids=["first", "third", "region", "script", "none", "empty", "long"],
)
def test_the_first_language_that_we_have_is_spoken(walk, client, locales, spoken):
    assert f'<html lang="{spoken}"' in authorize(walk, client, ui_locales=locales).text
