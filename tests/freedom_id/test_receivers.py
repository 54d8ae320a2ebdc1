"""The ledger speaks, the authorizations follow – in the same transaction."""

from typing import Any
from uuid import uuid4

import pytest

from consents.domain.check import check_consents
from consents.domain.collection_points import collection_point_for
from consents.domain.purposes import NoticeText, notices_for, publish_purpose, retire_purpose
from consents.domain.recording import Decision, record_decisions, withdraw_consents
from consents.domain.subjects import subject_for_account
from consents.enums import Action, Actor, PurposeScope
from consents.models import Reports
from consents.signals import export_completed
from freedom_id.domain.asked_data import SIGN_IN_PAGE
from freedom_id.domain.profile_requests import submit_profile_request
from freedom_id.domain.tokens import live_access
from freedom_id.enums import AccountStatus, AuditAction, ClientStatus
from freedom_id.grants import IDENTITY_PROVIDER, PROFILE
from freedom_id.models import AuditEntry, Authorization, ProfileRequest
from freedom_id.signals import authorization_ended
from tests.freedom_id.domain.acts import Pair, is_alive, pair

pytestmark = pytest.mark.django_db


def withdraw(a: Pair, *names: str, scope_key: str | None = None) -> None:
    key = a.client.client_id if scope_key is None else scope_key
    withdraw_consents(subject_for_account(a.account), names=names, scope_key=key, actor=Actor.SELF)


def test_a_withdrawal_in_the_ledger_narrows_the_authorization() -> None:
    a = pair()
    tokens = a.tokens()
    withdraw(a, "read.phone")
    assert set(a.live.grants) == {"read.firstname", PROFILE}
    assert is_alive(tokens.access_token)


def test_a_withdrawal_of_what_the_partner_needs_ends_it() -> None:
    a = pair()
    tokens = a.tokens()
    withdraw(a, "read.firstname")
    assert Authorization.objects.get().end_reason == "withdrawn"
    assert not is_alive(tokens.access_token)


def test_a_withdrawal_of_all_that_is_left_ends_it_though_nothing_was_required() -> None:
    a = pair(required_grants=[])
    a.tokens("read.phone")
    withdraw(a, "read.phone")
    assert Authorization.objects.get().ended_at is not None


def test_other_people_and_partners_keep_theirs() -> None:
    a, b = pair(), pair()
    a.tokens()
    kept = b.tokens()
    withdraw(a, "read.firstname")
    withdraw(a, "read.firstname", scope_key=b.client.client_id)
    assert is_alive(kept.access_token)
    assert len(b.live.grants) == 3


def test_a_failure_here_fails_the_withdrawal() -> None:
    a = pair()
    tokens = a.tokens()

    def refuse(**_kwargs: Any) -> None:
        raise RuntimeError("somebody downstream cannot follow")

    authorization_ended.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            withdraw(a, "read.firstname")
    finally:
        authorization_ended.disconnect(refuse)
    found = check_consents(subject_for_account(a.account), names=["read.firstname"], scope_key=a.client.client_id)
    assert found["read.firstname"].allowed
    assert is_alive(tokens.access_token)


def give_connection(a: Pair, client_id: str) -> None:
    """As staff enters it from paper."""
    subject = subject_for_account(a.account)
    notice = notices_for([IDENTITY_PROVIDER], locale="en")[IDENTITY_PROVIDER]
    decision = Decision(notice.name, Action.ALLOW, notice.version_id, notice.locale, notice.sha256)
    point = collection_point_for(a.client.client_id, name=SIGN_IN_PAGE)
    record_decisions(
        subject, collection_point=point, scope_key=client_id, decisions=[decision], actor=Actor.STAFF, actor_ref="1"
    )


def test_the_consent_to_be_known_connects() -> None:
    a = pair()
    give_connection(a, a.client.client_id)
    assert a.live.grants == {}
    give_connection(a, a.client.client_id)
    assert Authorization.objects.count() == 1


def test_nobody_is_connected_to_a_client_or_by_an_account_that_is_not_active() -> None:
    a = pair()
    give_connection(a, "nobody")
    for row, status in ((a.client, ClientStatus.SUSPENDED), (a.account, AccountStatus.BLOCKED)):
        type(row).objects.filter(pk=row.pk).update(status=status)
        give_connection(a, a.client.client_id)
        type(row).objects.filter(pk=row.pk).update(status="active")
    assert not Authorization.objects.exists()


def test_the_withdrawal_of_being_known_ends_everything() -> None:
    a = pair(required_grants=[])
    tokens = a.tokens()
    withdraw(a, IDENTITY_PROVIDER)
    assert Authorization.objects.get().end_reason == "withdrawn"
    assert not is_alive(tokens.access_token)
    found = check_consents(subject_for_account(a.account), names=["read.phone", PROFILE], scope_key=a.client.client_id)
    assert {decision.reason for decision in found.values()} == {"withdrawn"}


def test_new_words_suspend_the_grant_until_it_is_agreed_to_anew() -> None:
    a = pair()
    tokens = a.tokens()
    words = {"en": NoticeText(title="Phone", text="For something else.")}
    publish_purpose("read.phone", scope=PurposeScope.PER_CLIENT, texts=words)
    assert set(a.live.grants) == {"read.firstname", PROFILE}
    assert is_alive(tokens.access_token)
    assert a.tokens().grants == ["read.firstname", "read.phone", PROFILE]


def test_a_retired_profile_purpose_fails_open_requests() -> None:
    a = pair()
    submit_profile_request(live_access(a.tokens().access_token), uuid4())
    retire_purpose(PROFILE)
    assert ProfileRequest.objects.get().state == "failed"
    assert PROFILE not in a.live.grants


def test_an_export_that_the_reports_stream_is_an_entry_of_the_audit() -> None:
    a = pair()
    said = {"rows": 3, "sha256": "9f86" * 16}
    export_completed.send(sender=Reports, account_id=a.account.pk, what="ledger.csv since=2026-01-01", **said)
    entry = AuditEntry.objects.get(action=AuditAction.EXPORTED)
    assert (entry.actor, entry.after) == (a.account, said)
    assert (entry.object_type, entry.object_label) == ("consents.reports", "ledger.csv since=2026-01-01")
