"""Whatever is submitted, in any order: each row has the receipt of its own submission, and no other."""

import json

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consents.domain.recording import withdraw_consents
from consents.enums import Action, Actor
from consents.models import ConsentTransaction, Receipt, Subject
from tests.consents.acts import CLIENT, answers, decide, publish

NAMES = ["a", "b", "c"]
decisions = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([Action.ALLOW, Action.REFUSE]), min_size=1)
withdrawals = st.lists(st.sampled_from(NAMES), unique=True)
Submission = dict[str, Action] | list[str] | None


def submit(subject: Subject, submission: Submission) -> list[ConsentTransaction]:
    """Decisions by purpose, or the purposes to withdraw, None for all that stand."""
    if isinstance(submission, dict):
        return decide(subject, [answer for name, action in submission.items() for answer in answers(action, name)])
    return withdraw_consents(subject, names=submission, scope_key=CLIENT, actor=Actor.SELF)


def events_of(receipt: Receipt) -> list[str]:
    processings = json.loads(receipt.document)["pii_processing"]
    return [event["event_id"] for processing in processings for event in processing["event"]]


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(submissions=st.lists(decisions | withdrawals | st.none(), max_size=6))
def test_each_row_has_the_receipt_of_its_submission(
    subject: Subject, signed: None, submissions: list[Submission]
) -> None:
    with transaction.atomic():
        for name in NAMES:
            publish(name)
        written = [rows for rows in (submit(subject, submission) for submission in submissions) if rows]
        assert Receipt.objects.count() == len(written)
        for rows in written:
            stored = ConsentTransaction.objects.filter(pk__in=[row.pk for row in rows]).select_related("receipt")
            [receipt] = {row.receipt for row in stored}
            assert receipt is not None
            assert events_of(receipt) == [str(row.pk) for row in rows]
            assert set(receipt.transactions.all()) == set(rows)
        transaction.set_rollback(True)
