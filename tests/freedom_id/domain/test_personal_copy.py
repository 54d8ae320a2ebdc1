"""Nothing that hangs on a person is forgotten in her copy: each table is in a chapter, or named here with a reason."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.utils import timezone

from consents.models import Evidence, EvidenceAccess
from freedom_id.domain.personal_copy import CHAPTERS
from freedom_id.models import Account, FederatedId, Passkey
from tests.factories.people import phone_of
from tests.freedom_id.admin.connections import Connection, connect
from tests.journeys.walk import FreedomWalk

# Table -> its chapter, and the way from a row to the account.
HELD_IN = {
    "freedom_id.AccountNote": ("notes", "account"),
    "consents.ConsentState": ("standing", "subject__account"),
    "consents.ConsentTransaction": ("decisions", "subject__account"),
    "consents.Evidence": ("evidence", "subject__account"),
    "consents.Receipt": ("receipts", "subject__account"),
    "freedom_id.AccountEvent": ("activity", "account"),
    "freedom_id.Authenticator": ("ways_to_sign_in", "account"),
    "freedom_id.Authorization": ("apps", "account"),
    "freedom_id.BrowserSignIn": ("sign_ins", "device__account"),
    "freedom_id.Credential": ("ways_to_sign_in", "account"),
    "freedom_id.Device": ("devices", "account"),
    "freedom_id.FederatedId": ("ways_to_sign_in", "account"),
    "freedom_id.Notice": ("notices", "account"),
    "freedom_id.OneTimeCode": ("codes", "account"),
    "freedom_id.Passkey": ("ways_to_sign_in", "account"),
    "freedom_id.ProfileRequest": ("profile_requests", "authorization__account"),
    "freedom_id.TokenFamily": ("sign_ins", "authorization__account"),
    "freedom_id.TwoStepChallenge": ("approvals", "account"),
}
TOKENS = "a digest; when and for what it was given is in the sign-ins"
LEFT_OUT = {
    "admin.LogEntry": "what staff did with the rows of others",
    "consents.AnsweredKey": "an answer to an app, kept for its retry; what it says is in the decisions",
    "consents.Subject": "the ledger's random name of her; what hangs on it is here",
    "consents.SubjectKey": "a key",
    "freedom_id.AccessToken": TOKENS,
    "freedom_id.AuthorizationRequest": "gone after a week; what she did is in the decisions and the activity",
    "freedom_id.ErasureRequest": "asked and decided by staff; that the account is closed is in the activity",
    "freedom_id.AccountErasure": "the tries of a queue; that the account is closed is in the activity",
    "freedom_id.BackchannelLogout": "a message to an app that a sign-in ended, which is in the sign-ins",
    "freedom_id.DeviceGrant": TOKENS,
    "freedom_id.DeviceSecret": TOKENS,
    "freedom_id.Grant": TOKENS,
    "freedom_id.IDToken": TOKENS,
    "freedom_id.ApplicationComment": "what staff said of a partner",
    "freedom_id.PartnerApplication": "a partner's; her accounts are those of staff who decided",
    "freedom_id.SandboxPerson": "an account that is nobody",
    "freedom_id.AuditEntry": "what staff did; that they looked at her data is in the activity",
    "freedom_id.BulkAct": "what a member of staff did with a work queue",
    "freedom_id.BulkActRow": "what came of it",
    "freedom_id.StaffExport": "a file that a member of staff asked for, gone after a day",
    "freedom_id.ExportPart": "its sealed bytes",
    "freedom_id.DeviceSignIn": "gone after minutes; that she approved or refused it is in the activity",
    "freedom_id.FactorRecovery": "gone after 90 days; opened, stopped and done are in the activity",
    "freedom_id.NumberReference": "a digest of a number that is in the ways to sign in",
    "freedom_id.PartnerClient": "a partner's; nobody's account, the column is the toolkit's",
    "freedom_id.PasskeyChallenge": "random, and gone after minutes",
    "freedom_id.PersonalCopy": "the copies themselves; when they were asked and taken is in the activity",
    "freedom_id.RecoveryCode": "a digest; that there are codes is in the ways to sign in",
    "freedom_id.RefreshToken": TOKENS,
    "freedom_id.RevokeCallback": "a message to an app that its access ended, which is in the apps",
    "freedom_id.SignUp": "gone after a day; what it brought is the account",
}


def hanging_on(model: type[Model]) -> Iterator[type[Model]]:
    for other in apps.get_models():
        if any(field.related_model is model for field in other._meta.local_fields):
            yield other


def hers() -> set[str]:
    """Every table that hangs on the account, or on a row that does."""
    found, todo = set(), [Account]
    while todo:
        for model in hanging_on(todo.pop()):
            if model._meta.label not in found and model is not Account:
                found.add(model._meta.label)
                todo += [] if model._meta.label in LEFT_OUT.keys() - {"consents.Subject"} else [model]
    return found


def test_each_table_that_hangs_on_an_account_is_in_the_copy_or_left_out_for_a_reason() -> None:
    assert hers() <= HELD_IN.keys() | LEFT_OUT.keys()
    assert HELD_IN.keys() & LEFT_OUT.keys() == set()
    assert {chapter for chapter, _way in HELD_IN.values()} | {"account", "profile", "evidence_accesses"} == set(
        CHAPTERS
    )


@pytest.fixture
def person_with_everything(client: Any, db: None) -> Connection:
    connection = connect()
    account = connection.account
    FreedomWalk(client).sign_in("/me/", phone_of(account))
    Passkey.objects.create(account=account, credential_id="x", public_key=b"", name="Her phone")
    index, now = "i" * 64, timezone.now()
    FederatedId.objects.create(
        number=7, account=account, type="google_id", value="https://a 1", value_index=index, verified_at=now
    )
    return connection


def test_each_row_of_hers_is_in_its_chapter(person_with_everything: Connection) -> None:
    account = person_with_everything.account
    for label, (chapter, way) in HELD_IN.items():
        rows = apps.get_model(label)._default_manager.filter(**{way: account}).count()
        written = list(CHAPTERS[chapter](account))
        assert len(written) >= rows, label
        assert rows or label == "consents.Evidence", f"no {label} to look for"


def test_what_others_hold_is_not_in_it(person_with_everything: Connection) -> None:
    account, other = person_with_everything.account, connect()
    whole = str([list(chapter(account)) for chapter in CHAPTERS.values()])
    for value in (phone_of(other.account), str(other.account.pk), str(other.account.freedom_id)):
        assert value not in whole


def test_no_secret_is_in_it(person_with_everything: Connection) -> None:
    hidden, account = person_with_everything.hidden, person_with_everything.account
    whole = str([list(chapter(account)) for chapter in CHAPTERS.values()])
    secret = {what: value for what, value in hidden.items() if "digest" in what or "secret" in what or "token" in what}
    secret |= {what: hidden[what] for what in ("code", "recovery code", "password hash", "device key", "callback key")}
    assert [what for what, value in secret.items() if value and value in whole] == []


def test_evidence_that_cannot_be_opened_is_named_without_its_facts(person_with_everything: Connection) -> None:
    account = person_with_everything.account
    row = Evidence(subject=account.consent_subject, sealed="AAAA")
    row.save()
    [found] = [one for one in CHAPTERS["evidence"](account) if one["evidence"] == row.pk]
    assert found["facts"] is None
    assert not EvidenceAccess.objects.exists(), "her own look at it is nobody's access"
