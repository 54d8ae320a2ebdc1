"""A receipt over HTTP: for whom it is, in two forms, byte for byte as it was signed."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from consents.domain.receipt_verification import verify_receipt
from consents.domain.subjects import subject_for_account
from consents.models import Receipt, Subject
from tests.consents.acts import CLIENT, allow, publish
from tests.consents.api.conftest import Door, refused
from tests.consents.conftest import new_account
from tests.consents.signing import public_keys

pytestmark = pytest.mark.django_db
JWS = "application/consent-receipt+jws"


@pytest.fixture
def receipt(subject: Subject, signed: None) -> Receipt:
    publish("p")
    allow(subject, "p")
    return Receipt.objects.get()


def path(receipt: Receipt) -> str:
    return f"receipts/{receipt.pk}"


@pytest.mark.parametrize("accept", ["*/*", "", "application/json", "text/html", "nonsense", f"application/json, {JWS}"])
def test_the_receipt_as_it_was_signed(receipt: Receipt, door: Door, accept: str) -> None:
    answer = door.fetch(path(receipt), accept=accept)
    assert answer.content == f'{{"receipt":{receipt.document},"jws":"{receipt.jws}"}}'.encode()
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/json", "no-store")
    assert "Accept" in answer["Vary"].split(", ")
    assert verify_receipt(answer.content, public_keys())["receipt_id"] == str(receipt.pk)


@pytest.mark.parametrize("accept", [JWS, f"{JWS}, application/json;q=0.5", f"text/html, {JWS};q=0.9, */*;q=0.1"])
def test_the_jws_alone(receipt: Receipt, door: Door, accept: str) -> None:
    answer = door.fetch(path(receipt), accept=accept)
    assert answer.content == receipt.jws.encode()
    assert (answer["Content-Type"], answer["Cache-Control"]) == (JWS, "no-store")
    assert "Accept" in answer["Vary"].split(", ")


def test_the_person_has_it_at_this_client_and_the_client_whomever_it_sees(receipt: Receipt, subject: Subject) -> None:
    for door in (Door((subject,)), Door(())):
        for number in (str(receipt.pk), str(receipt.pk).upper()):
            assert door.fetch(f"receipts/{number}").status_code == 200


def test_a_foreign_receipt_is_an_unknown_one(receipt: Receipt, subject: Subject, stranger: Subject) -> None:
    never_decided = subject_for_account(new_account())
    never_decided.delete()
    doors = [Door((stranger,)), Door((never_decided,)), Door((subject,), "client-b"), Door((), "client-b")]
    answers = [door.fetch(path(receipt)) for door in doors]
    answers += [Door((subject,)).fetch(f"receipts/{number}") for number in (uuid4(), "x", "é", "0" * 36, "1" * 500)]
    assert {refused(answer) for answer in answers} == {(404, "unknown_receipt")}
    assert len({(answer.content, str(answer.headers)) for answer in answers}) == 1


def test_who_is_nobody_learns_nothing(receipt: Receipt, door: Door) -> None:
    assert refused(Client().get(f"/consents/v1/{path(receipt)}")) == (401, "unauthorized")
    answer = Client().post(f"/consents/v1/{path(receipt)}", headers=door.headers)
    assert (refused(answer), answer["Allow"]) == ((405, "method_not_allowed"), "GET")


def test_the_recipient_keeps_the_proof_when_the_account_is_gone(receipt: Receipt, subject: Subject) -> None:
    Subject.objects.filter(pk=subject.pk).update(account=None)
    assert Door(()).fetch(path(receipt)).status_code == 200
    assert Door((), CLIENT + "x").fetch(path(receipt)).status_code == 404


def test_a_receipt_costs_one_query_beside_who_asks(
    receipt: Receipt, door: Door, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1 + 1):
        assert door.fetch(path(receipt)).status_code == 200
