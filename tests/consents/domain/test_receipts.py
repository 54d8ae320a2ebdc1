import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from consents.canonical_json import canonical_json, sha256_of
from consents.domain.purposes import NoticeText, VersionFacts, publish_purpose
from consents.domain.queries.receipts import receipt_of
from consents.domain.receipt_verification import TYP, claims_of, verify_receipt, words_match
from consents.domain.receipts import receipt_download
from consents.domain.recording import record_decisions, withdraw_consents
from consents.enums import Action, Actor
from consents.errors import DecisionInvalid, ReceiptInvalid
from consents.models import ConsentTransaction, Receipt, Subject
from tests.consents.acts import (
    CLIENT,
    PURPOSE_LOCK,
    allow,
    answers,
    decide,
    open_point,
    publish,
    refuse,
    withdraw,
)
from tests.consents.receipt_vectors import ACCEPTED, REFUSED, bundle_of, file_of
from tests.consents.signing import ISSUER, public_keys, sign

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture
def receipt(subject: Subject, signed: None) -> Receipt:
    publish("read.phone", data_items=["phone"], lifespan=timedelta(days=30))
    allow(subject, "read.phone")
    return Receipt.objects.get()


def processings(receipt: Receipt) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(receipt.document)["pii_processing"]
    return found


def states(receipt: Receipt) -> list[str]:
    return [event["event_state"] for processing in processings(receipt) for event in processing["event"]]


def test_the_header_names_issuer_record_and_subject(receipt: Receipt, subject: Subject) -> None:
    document = json.loads(receipt.document)
    del document["pii_processing"]
    assert document == {
        "iss": ISSUER,
        "schema_version": "ISO/IEC TS 27560:2023",
        "receipt_id": str(receipt.pk),
        "record_id": str(receipt.pk),
        "pii_principal_id": str(subject.pk),
        "issued_at": receipt.issued_at.isoformat().replace("+00:00", "Z"),
    }


def test_a_decision_has_the_fields_of_the_standard(receipt: Receipt) -> None:
    [processing] = processings(receipt)
    notice, [event] = processing.pop("privacy_notice"), processing.pop("event")
    row = ConsentTransaction.objects.get()
    assert processing == {
        "language": "en",
        "purpose": "To call you.",
        "purpose_type": "read.phone",
        "lawful_basis": "consent",
        "pii_information": [{"pii_type": "phone"}],
        "collection_method": "web",
        "recipient_third_parties": [{"party_id": CLIENT}],
        "withdrawal_method": "https://id.example/me/apps/",
    }
    assert (notice["version"], notice["sha256"]) == (1, row.text_sha256)
    assert (event["event_id"], event["entity_id"]) == (str(row.pk), str(row.subject_id))
    assert (event["event_type"], event["event_state"]) == ("expressed", "ConsentGiven")
    assert event["validity_duration"] == "P30DT00H00M00S"
    assert datetime.fromisoformat(event["valid_until"]) == row.expires_at


def test_who_holds_the_receipt_can_compute_the_digest_of_the_words(receipt: Receipt) -> None:
    [processing] = processings(receipt)
    notice = processing["privacy_notice"]
    words = {"locale": processing["language"], "title": notice["title"], "text": processing["purpose"]}
    digest = sha256(canonical_json({**words, "consequence": notice["consequence"]}).encode()).hexdigest()
    assert digest == notice["sha256"]


def test_what_the_settings_say_stands_in_every_decision(subject: Subject, signed: None, settings: Any) -> None:
    facts = {"CONTROLLERS": [{"party_id": "x"}], "STORAGE_LOCATIONS": ["UZ"], "JURISDICTION": "UZ"}
    settings.CONSENTS = {**settings.CONSENTS, **facts, "RETENTION_PERIOD": "P3Y"}
    publish("a")
    allow(subject, "a")
    [processing] = processings(Receipt.objects.get())
    found = [processing[name] for name in ("pii_controllers", "storage_locations", "jurisdiction", "retention_period")]
    assert found == [[{"party_id": "x"}], ["UZ"], "UZ", "P3Y"]


def test_a_receipt_that_nobody_would_accept_is_not_issued(subject: Subject, signed: None, settings: Any) -> None:
    settings.CONSENTS = {**settings.CONSENTS, "CONTROLLERS": [{"party_id": "x", "share": 0.5}]}
    publish("a")
    with pytest.raises(ReceiptInvalid):
        allow(subject, "a")
    assert not ConsentTransaction.objects.exists()


def test_a_submission_has_one_receipt_for_all_its_decisions(subject: Subject, signed: None) -> None:
    publish("a")
    publish("b")
    rows = decide(subject, [*answers(Action.ALLOW, "a"), *answers(Action.REFUSE, "b")])
    receipt = Receipt.objects.get()
    assert {row.pk for row in receipt.transactions.all()} == {row.pk for row in rows}
    assert states(receipt) == ["ConsentGiven", "ConsentRefused"]
    allow(subject, "a")
    assert Receipt.objects.count() == 2


def test_a_withdrawal_has_a_receipt_with_the_words_withdrawn_from(receipt: Receipt, subject: Subject) -> None:
    publish("read.phone", words="To sell it.")
    [row] = withdraw(subject, "read.phone")
    withdrawn = Receipt.objects.exclude(pk=receipt.pk).get()
    assert (withdrawn, withdrawn.recipient) == (row.receipt, CLIENT)
    assert states(withdrawn) == ["ConsentWithdrawn"]
    assert [processing["purpose"] for processing in processings(withdrawn)] == ["To call you."]
    assert verify_receipt(file_of(withdrawn), public_keys())


def test_a_withdrawal_of_nothing_and_a_refused_submission_have_none(subject: Subject, signed: None) -> None:
    publish("a")
    assert withdraw_consents(subject, names=None, scope_key=CLIENT, actor=Actor.SELF) == []
    with pytest.raises(DecisionInvalid):
        allow(subject, "a", occurred_at=MOMENT.replace(year=2020))
    assert not Receipt.objects.exists()


def test_without_a_signer_there_is_no_receipt(subject: Subject) -> None:
    publish("a")
    [row] = allow(subject, "a")
    assert (row.receipt, Receipt.objects.count()) == (None, 0)


def test_staff_is_not_named(subject: Subject, signed: None) -> None:
    publish("a")
    record_decisions(
        subject,
        collection_point=open_point("a"),
        scope_key=CLIENT,
        decisions=answers(Action.ALLOW, "a"),
        actor=Actor.STAFF,
        actor_ref="gulnora@office.example",
    )
    receipt = Receipt.objects.get()
    assert "gulnora" not in receipt.document
    assert processings(receipt)[0]["event"][0]["entity_id"] == "staff"


def test_only_the_person_has_the_receipt(receipt: Receipt, subject: Subject, stranger: Subject) -> None:
    assert (receipt_of(subject, receipt.pk), receipt_of(stranger, receipt.pk)) == (receipt, None)


def test_a_receipt_verifies_and_gives_its_claims(receipt: Receipt) -> None:
    assert canonical_json(verify_receipt(file_of(receipt), public_keys())) == receipt.document


FORMS: dict[str, Callable[[Receipt], bytes]] = {
    "the file": file_of,
    "the file with the key": bundle_of,
    "the JWS alone": lambda receipt: receipt.jws.encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_changed_byte_is_found(form: str, receipt: Receipt) -> None:
    file, keys = FORMS[form](receipt), public_keys()
    assert verify_receipt(file, keys)
    for position in range(len(file)):
        for bit in (1, 32, 128):
            forged = bytearray(file)
            forged[position] ^= bit
            with pytest.raises(ReceiptInvalid):
                verify_receipt(bytes(forged), keys)


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_true_receipt_is_accepted(name: str, receipt: Receipt) -> None:
    vector = ACCEPTED[name](receipt)
    assert canonical_json(verify_receipt(vector.file, vector.keys)) == receipt.document


@pytest.mark.parametrize("name", REFUSED)
def test_a_forgery_is_refused(name: str, receipt: Receipt) -> None:
    vector = REFUSED[name](receipt)
    with pytest.raises(ReceiptInvalid):
        verify_receipt(vector.file, vector.keys)


def test_the_download_brings_the_key_along_while_it_is_published(receipt: Receipt, settings: Any) -> None:
    assert receipt_download(receipt).encode() == bundle_of(receipt)
    settings.CONSENTS = {**settings.CONSENTS, "PUBLIC_KEYS": "tests.consents.signing.no_keys"}
    assert receipt_download(receipt).encode() == file_of(receipt)
    settings.CONSENTS = {}
    assert receipt_download(receipt).encode() == file_of(receipt)


@pytest.mark.parametrize("withdrawal", [{}, {"withdrawal": "Press stop."}], ids=["short", "whole"])
def test_words_have_the_digest_that_is_recorded_or_not(withdrawal: dict[str, str]) -> None:
    words = {"locale": "en", "title": "Phone", "text": "", "consequence": "No calls.", **withdrawal}
    notice = {"title": "Phone", "consequence": "No calls.", "sha256": sha256_of(words), **withdrawal}
    assert words_match({"language": "en", "privacy_notice": notice})
    assert not words_match({"language": "en", "purpose": "To sell it.", "privacy_notice": notice})
    assert not words_match({"language": "en", "privacy_notice": {**notice, "withdrawal": "Never."}})


@pytest.mark.parametrize("count", [1, 3])
def test_a_receipt_costs_one_statement_and_for_a_withdrawal_two(
    subject: Subject, signed: None, count: int, django_assert_num_queries: Any
) -> None:
    names = [f"p{number}" for number in range(count)]
    for name in names:
        publish(name)
    decisions, point = answers(Action.ALLOW, *names), open_point(*names)
    with django_assert_num_queries(11 + PURPOSE_LOCK + 1):
        record_decisions(subject, collection_point=point, scope_key=CLIENT, decisions=decisions, actor=Actor.SELF)
    with django_assert_num_queries(9 + 2):
        withdraw(subject, *names)


def verified(file: Path, jwks: Path, capsys: pytest.CaptureFixture[str]) -> str:
    call_command("verify_receipt", str(file), jwks=jwks)
    return capsys.readouterr().out


def test_the_command_says_what_was_and_that_today_is_unknown(
    receipt: Receipt, tmp_path: Path, capsys: pytest.CaptureFixture[str], django_assert_num_queries: Any
) -> None:
    jwks, file = tmp_path / "jwks.json", tmp_path / "receipt.json"
    jwks.write_text(json.dumps({"keys": public_keys()}))
    file.write_bytes(file_of(receipt))
    with django_assert_num_queries(0):
        said = verified(file, jwks, capsys)
    assert f"signature: valid, issued by {ISSUER}" in said
    assert "read.phone: was given; current status unknown" in said


def test_the_command_says_which_decisions_were_no(
    subject: Subject, signed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish("a")
    refuse(subject, "a")
    file = tmp_path / "receipt.json"
    file.write_bytes(file_of(Receipt.objects.get()))
    call_command("verify_receipt", str(file))  # by the keys of this installation
    assert re.search(r"a: was refused; current status unknown \(as of \d{4}-", capsys.readouterr().out)


def test_the_command_says_when_the_words_are_not_those_that_were_recorded(
    receipt: Receipt, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = claims_of(receipt.jws)
    claims["pii_processing"][0]["purpose"] = "To sell it."
    file = tmp_path / "receipt.jws"
    file.write_text(sign(claims, TYP))
    call_command("verify_receipt", str(file))
    assert "; the words do not have the digest that is recorded" in capsys.readouterr().out
    file.write_text(receipt.jws)
    call_command("verify_receipt", str(file))
    assert "the words" not in capsys.readouterr().out


def test_the_command_exits_with_1(receipt: Receipt, tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "receipt.json"
    file.write_bytes(file_of(receipt).replace(b"To call", b"To sell", 1))
    with pytest.raises(CommandError, match="signature: invalid") as caught:
        call_command("verify_receipt", str(file))
    assert caught.value.returncode == 1
    with pytest.raises(CommandError, match="No such file"):
        call_command("verify_receipt", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="not a JWK Set"):
        call_command("verify_receipt", str(file), jwks=file)
    settings.CONSENTS = {}
    with pytest.raises(CommandError, match="--jwks"):
        call_command("verify_receipt", str(file))


def test_what_a_version_states_is_in_its_receipt(subject: Subject, signed: None) -> None:
    words = NoticeText("Phone", "To call you.", "No calls.", "Under Apps.")
    facts: VersionFacts = {
        "data_items": ["phone"],
        "optional_data_items": ["e-mail"],
        "recipients": ["Courier LLC"],
        "third_countries": ["KZ"],
        "made_public": True,
        "retention": "P1Y",
        "jurisdiction": "UZ",
    }
    publish_purpose("stated", scope="per_client", texts={"en": words}, **facts)
    allow(subject, "stated")
    [processing] = processings(Receipt.objects.get())
    assert processing["privacy_notice"]["withdrawal"] == "Under Apps."
    assert processing["pii_information"] == [{"pii_type": "phone"}, {"pii_type": "e-mail", "pii_optional": True}]
    assert processing["recipient_third_parties"] == [{"party_id": CLIENT}, {"party_name": "Courier LLC"}]
    assert processing["geographic_restrictions"] == [{"third_country": "KZ"}]
    assert (processing["retention_period"], processing["jurisdiction"]) == ("P1Y", "UZ")
    assert processing["processing_method"] == ["Disseminate"]


def test_what_is_not_stated_is_not_there(subject: Subject, signed: None) -> None:
    publish("silent")
    allow(subject, "silent")
    [processing] = processings(Receipt.objects.get())
    unstated = {"retention_period", "jurisdiction", "geographic_restrictions", "processing_method", "pii_information"}
    assert not unstated & set(processing)
    assert "withdrawal" not in processing["privacy_notice"]
