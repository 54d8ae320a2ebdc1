"""The person's receipts: a page to print and a signed file, for this person alone."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from joserfc import jws
from joserfc.jwk import ECKey

from consents.domain.purposes import NoticeText, publish_purpose
from consents.domain.receipt_verification import verify_receipt
from consents.domain.subjects import subject_for_account
from freedom_id.domain.receipt_signing import sign_receipt
from freedom_id.domain.signing_keys import public_keys
from freedom_id.models import Account, Authorization, SigningKey
from tests.compliance.standard_door import ISSUER
from tests.factories.people import partner, person, phone_of
from tests.freedom_id.views.test_me import GRANTS, share
from tests.journeys.walk import FreedomWalk


@pytest.fixture
def app_path(home: FreedomWalk, registered: Any) -> str:
    share(home, *registered)
    return f"/me/apps/{Authorization.objects.get().pk}/"


@pytest.fixture
def receipt(app_path: str, account: Account) -> Any:
    return subject_for_account(account).receipts.get()


def links(text: str) -> list[str]:
    return re.findall(r'href="(/me/receipts/[0-9a-f-]{36}/)"', text)


def statements(walk: FreedomWalk, path: str) -> int:
    walk.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert walk.get(path).status == 200
    return len(captured)


def test_the_history_offers_one_receipt_per_submission(home: FreedomWalk, app_path: str, receipt: Any) -> None:
    assert links(home.get(app_path).text) == [f"/me/receipts/{receipt.pk}/"]
    home.post(home.get(f"{app_path}withdraw/?grant=read.phone"), "decision")
    assert len(set(links(home.get(app_path).text))) == 2


def test_the_page_says_what_was_decided_with_whom(home: FreedomWalk, receipt: Any) -> None:
    text = home.get(f"/me/receipts/{receipt.pk}/").text
    assert "Receipt – Freedom ID" in text
    assert all(shown in text for shown in ("Aral Market LLC", "First name", "Phone number", str(receipt.pk)))
    assert text.count(">Shared<") == len(GRANTS) + 1, "and the Freedom ID itself"
    assert f'href="/me/receipts/{receipt.pk}.json"' in text
    assert 'href="/static/consents/verify-receipt.html"' in text
    assert SigningKey.objects.get().kid in text


def test_the_file_is_ours_by_the_published_keys_and_by_a_foreign_library(home: FreedomWalk, receipt: Any) -> None:
    answer = home.browser.get(f"/me/receipts/{receipt.pk}.json")
    keys = Client().get("/.well-known/jwks.json").json()["keys"]

    assert verify_receipt(answer.content, keys)["iss"] == ISSUER
    [brought_along] = answer.json()["jwks"]["keys"]
    assert brought_along == {name: keys[0][name] for name in ("kid", "kty", "crv", "x", "y")}
    found = jws.deserialize_compact(answer.json()["jws"], ECKey.import_key(keys[0]), algorithms=["ES256"])
    assert found.headers()["typ"] == "consent-receipt+jws"
    assert json.loads(found.payload) == answer.json()["receipt"]


def test_the_file_is_an_attachment_that_nobody_keeps(home: FreedomWalk, receipt: Any) -> None:
    answer = home.browser.get(f"/me/receipts/{receipt.pk}.json")

    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == f'attachment; filename="receipt-{receipt.pk}.json"'
    assert answer["Cache-Control"] == "no-store"


def test_the_document_holds_no_personal_value(receipt: Any, account: Account) -> None:
    values = [account.firstname, account.lastname, account.patronymic, account.identifier, str(account.freedom_id)]
    values += [*account.credentials.values_list("value", flat=True), str(account.pk)]
    assert all(values)
    assert [value for value in values if value in receipt.document] == []


def test_the_receipt_of_another_person_is_an_unknown_one(receipt: Any) -> None:
    walk, other = FreedomWalk(Client()), person()
    walk.sign_in("/me/", phone_of(other))

    for path in (f"/me/receipts/{receipt.pk}/", f"/me/receipts/{receipt.pk}.json"):
        assert walk.browser.get(path).status_code == 404
        assert Client().get(path).status_code == 302, "a stranger is asked to sign in"
        assert walk.browser.post(path).status_code == 405


def test_who_stopped_everything_finds_the_receipt_of_it_among_the_past(home: FreedomWalk, app_path: str) -> None:
    assert links(home.get("/me/apps/").text) == []
    home.post(home.get(f"{app_path}withdraw/"), "decision")

    [path] = links(home.get("/me/apps/").text)

    assert home.get(path).text.count(">Sharing stopped<") == len(GRANTS) + 1


def test_until_when_is_shown_as_a_date(home: FreedomWalk, registered: Any, account: Account) -> None:
    words = {"en": NoticeText("Phone number", "To call you.")}
    publish_purpose("read.phone", scope="per_client", texts=words, lifespan=timedelta(days=30))
    share(home, *registered)
    [receipt] = subject_for_account(account).receipts.all()

    assert home.get(f"/me/receipts/{receipt.pk}/").text.count("Valid until:") == 1


def test_the_number_of_statements_does_not_grow_with_the_receipts(home: FreedomWalk, app_path: str) -> None:
    before = statements(home, app_path)
    for grant in ("read.phone", "read.email"):
        home.post(home.get(f"{app_path}withdraw/?grant={grant}"), "decision")
    assert statements(home, app_path) == before <= 15


def test_the_number_of_statements_does_not_grow_with_the_past(home: FreedomWalk) -> None:
    counts = []
    for number in range(3):
        share(home, *partner(name=f"Partner {number}"))
        live = Authorization.objects.get(ended_at=None)
        home.post(home.get(f"/me/apps/{live.pk}/withdraw/"), "decision")
        counts.append(statements(home, "/me/apps/"))
    assert counts[0] == counts[2] <= 12


def test_a_key_whose_transaction_was_rolled_back_signs_nothing_later(db: None) -> None:
    with transaction.atomic():
        sign_receipt({}, "x")
        transaction.set_rollback(True)
    assert not SigningKey.objects.exists()

    signed = sign_receipt({}, "x")

    assert jws.extract_compact(signed.encode()).headers()["kid"] in [key["kid"] for key in public_keys()]
