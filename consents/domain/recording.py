"""The only writer of the ledger. A decision is one transaction: receipt, ledger row, projection, what hangs on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from consents.domain.check import effective_status, ends_at, unit_scope, version_counts
from consents.domain.counts import count_decisions
from consents.domain.evidence import keep_evidence
from consents.domain.lifespans import earlier, expiry_of
from consents.domain.purpose_locks import hold_purposes
from consents.domain.purposes import counts_when_given_now, is_retired
from consents.domain.receipts import issue_receipt
from consents.domain.state import apply_transaction, lock_subjects, save_states
from consents.enums import PERMITTING, Action, Actor, PointStatus, PurposeScope, Reason, VersionState
from consents.errors import (
    CollectionPointClosed,
    DecisionInvalid,
    DecisionOutdated,
    NoticeSpent,
    NoticeTextMismatch,
    PurposeNotAsked,
    PurposeNotPublished,
)
from consents.ledger_chain import row_hash
from consents.models import (
    CollectionPoint,
    ConsentState,
    ConsentTransaction,
    Purpose,
    PurposeText,
    PurposeVersion,
    Subject,
)
from consents.signals import consent_given, consent_withdrawn

CLOCK_TOLERANCE = timedelta(minutes=5)
YES = frozenset({Action.ALLOW, Action.RENEW})


@dataclass(frozen=True)
class Decision:
    """One answer: allow or refuse, and which words the person read (`Notice` has them). A yes ends at `until`, if the
    person said so and the purpose's own lifespan is not over before."""

    purpose: str
    action: Action
    version_id: UUID
    locale: str
    text_sha256: str
    until: datetime | None = None


@dataclass(frozen=True)
class _Act:
    """What all rows of one call share."""

    subject: Subject
    actor: Actor
    actor_ref: str
    occurred_at: datetime
    collection_point: CollectionPoint | None = None
    notice_token_id: UUID | None = None


def record_decisions(
    subject: Subject,
    *,
    collection_point: CollectionPoint,
    scope_key: str,
    decisions: Sequence[Decision],
    actor: Actor,
    actor_ref: str = "",
    occurred_at: datetime | None = None,
    notice_token_id: UUID | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> list[ConsentTransaction]:
    """Write one ledger row per decision, all or none, in the order given, and return the rows.

    `scope_key` is the client id that per-client purposes are asked for. An allow of what is active at that moment is
    written as renew. `occurred_at` may differ from the server's clock by five minutes, for staff by any time.
    `notice_token_id` is of the signed notice that came back, `evidence` (JSON) how the submission came about.
    Raises PurposeNotPublished, NoticeTextMismatch, NoticeSpent, PurposeNotAsked, CollectionPointClosed,
    DecisionInvalid, DecisionOutdated; and what a receiver of consent_given or consent_withdrawn raises.
    """
    moment = _accepted_moment(occurred_at, actor=actor)
    _require_answers(decisions, moment)
    with transaction.atomic():
        [person] = lock_subjects([subject.pk])
        act = _Act(person, actor, actor_ref, moment, collection_point, notice_token_id)
        _require_unspent(notice_token_id)
        hold_purposes(decision.purpose for decision in decisions)
        texts = _asked_texts(decisions, collection_point)
        units = _states_of(person, [text.version.purpose for text in texts], scope_key)
        rows = [
            _decided_row(act, decision, text, scope_key, units.get(text.version.purpose_id))
            for decision, text in zip(decisions, texts, strict=True)
        ]
        issue_receipt(person, recipient=collection_point.recipient, rows=rows, texts=texts)
        _append(person, rows, evidence, units.values())
        narrowed = [row for row in rows if row.action == Action.REFUSE and _said_yes(units.get(row.purpose_id))]
        _announce(consent_given, person, [row for row in rows if row.action in YES])
        _announce(consent_withdrawn, person, narrowed)
    return rows


def withdraw_consents(
    subject: Subject,
    *,
    names: Sequence[str] | None,
    scope_key: str,
    actor: Actor,
    actor_ref: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> list[ConsentTransaction]:
    """Withdraw these purposes, or with None all that stand under exactly `scope_key`; the rows written, by name.

    A person may say no twice: withdrawing what does not stand is recorded again. A purpose never answered is skipped.
    Raises what a receiver of consent_withdrawn raises, and then nothing is withdrawn.
    """
    with transaction.atomic():
        [person] = lock_subjects([subject.pk])
        act = _Act(person, actor, actor_ref, timezone.now())
        states = _states_to_withdraw(person, names, scope_key)
        rows = [_withdrawn_row(act, state) for state in states]
        issue_receipt(person, recipient=scope_key, rows=rows)
        _append(person, rows, evidence, states)
        _announce(consent_withdrawn, person, rows)
    return rows


def yes_ends_at(row: ConsentTransaction) -> datetime | None:
    """When the yes that was just recorded ends if nothing else happens; it may be of a pinned version."""
    purpose = row.purpose
    return ends_at(row.purpose_version.number, row.expires_at, purpose, purpose.retired_at)


def _require_answers(decisions: Sequence[Decision], moment: datetime) -> None:
    if any(decision.until is not None and decision.until <= moment for decision in decisions):
        raise DecisionInvalid(_("A consent ends after it begins."))
    if any(decision.action not in {Action.ALLOW, Action.REFUSE} for decision in decisions):
        raise DecisionInvalid(_("A decision is allow or refuse."))
    if len({decision.purpose for decision in decisions}) != len(decisions):
        raise DecisionInvalid(_("Each purpose is decided once."))


def _accepted_moment(occurred_at: datetime | None, *, actor: Actor) -> datetime:
    now = timezone.now()
    if occurred_at is None:
        return now
    if actor != Actor.STAFF and abs(now - occurred_at) > CLOCK_TOLERANCE:
        raise DecisionInvalid(_("The time of the decision is more than five minutes from the server's."))
    return occurred_at


def _asked_texts(decisions: Sequence[Decision], point: CollectionPoint) -> list[PurposeText]:
    """The words of each decision, once it is sure that they are published and that this point may ask them."""
    askable = CollectionPoint.objects.filter(pk=point.pk, status=PointStatus.OPEN).values_list("purposes", flat=True)
    purpose_ids = set(askable)
    if not purpose_ids:
        raise CollectionPointClosed
    versions = {decision.version_id for decision in decisions}
    texts = PurposeText.objects.filter(version__in=versions).select_related("version__purpose")
    by_version: dict[UUID, dict[str, PurposeText]] = {}
    for text in texts:
        by_version.setdefault(text.version_id, {})[text.locale] = text
    current = _current({text.version_id: text.version for text in texts}, point)
    return [_asked_text(d, by_version.get(d.version_id, {}), current, purpose_ids) for d in decisions]


def _current(versions: Mapping[UUID, PurposeVersion], point: CollectionPoint) -> set[UUID]:
    """Those that may be decided on now: the published ones, and what is pinned to the point while it still counts."""
    published = {pk for pk, version in versions.items() if version.state == VersionState.PUBLISHED}
    pinned = point.pins.filter(purpose_version__in=[*(set(versions) - published)])
    counting = {pin.purpose_version_id for pin in pinned if counts_when_given_now(versions[pin.purpose_version_id])}
    return published | counting


def _asked_text(
    decision: Decision, texts: Mapping[str, PurposeText], current: set[UUID], purpose_ids: set[UUID]
) -> PurposeText:
    version = next((text.version for text in texts.values()), None)
    if version is None or version.purpose.name != decision.purpose:
        raise PurposeNotPublished(decision.purpose)
    if version.pk not in current or is_retired(version.purpose):
        raise PurposeNotPublished(decision.purpose)
    if version.purpose_id not in purpose_ids:
        raise PurposeNotAsked(decision.purpose)
    text = texts.get(decision.locale)
    if text is None or text.sha256 != decision.text_sha256:
        raise NoticeTextMismatch(decision.purpose)
    return text


def _states_of(person: Subject, purposes: Iterable[Purpose], scope_key: str) -> dict[UUID, ConsentState]:
    """The present state by purpose id; a purpose never answered is absent."""
    purposes = list(purposes)
    if not scope_key and any(purpose.scope == PurposeScope.PER_CLIENT for purpose in purposes):
        raise DecisionInvalid(_("A per-client purpose needs the client."))
    wanted = {purpose.pk: unit_scope(purpose.scope, scope_key) for purpose in purposes}
    states = ConsentState.objects.filter(subject=person, purpose__in=wanted)
    return {state.purpose_id: state for state in states if state.scope_key == wanted[state.purpose_id]}


def _decided_row(
    act: _Act, decision: Decision, text: PurposeText, scope_key: str, state: ConsentState | None
) -> ConsentTransaction:
    version = text.version
    action, expires_at = decision.action, None
    if action == Action.ALLOW:
        if _outdated(act, state):
            raise DecisionOutdated(decision.purpose)
        action, expires_at = _yes(version, state, act.occurred_at, decision.until)
    return ConsentTransaction(
        subject=act.subject,
        purpose=version.purpose,
        purpose_version=version,
        text_sha256=text.sha256,
        locale=text.locale,
        scope_key=unit_scope(version.purpose.scope, scope_key),
        collection_point=act.collection_point,
        collection_point_version=act.collection_point.version if act.collection_point else None,
        notice_token_id=act.notice_token_id,
        action=action,
        actor=act.actor,
        actor_ref=act.actor_ref,
        occurred_at=act.occurred_at,
        expires_at=expires_at,
        subject_seq=1 if state is None else state.seq + 1,
    )


def _withdrawn_row(act: _Act, state: ConsentState) -> ConsentTransaction:
    """The row names the version and the words that were answered last: those are withdrawn from."""
    return ConsentTransaction(
        subject=act.subject,
        purpose=state.purpose,
        purpose_version=state.purpose_version,
        text_sha256=state.last_transaction.text_sha256,
        locale=state.last_transaction.locale,
        scope_key=state.scope_key,
        action=Action.WITHDRAW,
        actor=act.actor,
        actor_ref=act.actor_ref,
        occurred_at=act.occurred_at,
        subject_seq=state.seq + 1,
    )


def _states_to_withdraw(person: Subject, names: Sequence[str] | None, scope_key: str) -> list[ConsentState]:
    states = ConsentState.objects.filter(subject=person, scope_key__in=["", scope_key])
    states = states.select_related("purpose", "purpose_version", "last_transaction").order_by("purpose__name")
    if names is None:
        return list(states.filter(scope_key=scope_key, status__in=PERMITTING))
    return list(states.filter(purpose__name__in=names))


def _yes(
    version: PurposeVersion, state: ConsentState | None, moment: datetime, until: datetime | None
) -> tuple[Action, datetime | None]:
    """A yes renews what is active; one that would be over at once, counted from the first yes, begins anew."""
    if state is not None and _active(state, version.purpose, moment):
        end = expiry_of(version, first_yes=state.given_at or moment, last_yes=moment)
        if end is None or end > moment:
            return Action.RENEW, earlier(end, until)
    return Action.ALLOW, earlier(expiry_of(version, first_yes=moment, last_yes=moment), until)


def _active(state: ConsentState, purpose: Purpose, moment: datetime) -> bool:
    counts = version_counts(state.version_number, state.expires_at, purpose, moment)
    return effective_status(state.status, state.expires_at, counts, moment) is Reason.ACTIVE


def _said_yes(state: ConsentState | None) -> bool:
    return state is not None and state.status in PERMITTING


def _outdated(act: _Act, state: ConsentState | None) -> bool:
    """A yes on paper, entered late, may not undo a no said since; clocks may differ by the tolerance."""
    return state is not None and not _said_yes(state) and act.occurred_at < state.since - CLOCK_TOLERANCE


def _require_unspent(notice_token_id: UUID | None) -> None:
    """A token is bound to one person, whose lock is held; the constraint stands behind."""
    if notice_token_id and ConsentTransaction.objects.filter(notice_token_id=notice_token_id).exists():
        raise NoticeSpent


def _append(
    person: Subject,
    rows: list[ConsentTransaction],
    evidence: Mapping[str, Any] | None,
    before: Iterable[ConsentState],
) -> None:
    """Write the rows at the end of the person's chain, and everything that follows from them."""
    if not rows:
        return
    _chain(person, rows, evidence)
    ConsentTransaction.objects.bulk_create(rows)
    person.save(update_fields=["epoch", "head"])
    states = {(state.purpose_id, state.scope_key): state for state in before}
    save_states([apply_transaction(row, states.get((row.purpose_id, row.scope_key))) for row in rows])
    count_decisions(rows)


def _chain(person: Subject, rows: list[ConsentTransaction], evidence: Mapping[str, Any] | None) -> None:
    """The time is the database's, read after the person's lock was taken: it never runs backwards within a person."""
    recorded_at = Subject.objects.filter(pk=person.pk).values_list(Now(), flat=True).get()
    evidence_id, commit = (None, "") if evidence is None else keep_evidence(person, evidence)
    for row in rows:
        row.recorded_at, row.evidence_id, row.evidence_commit = recorded_at, evidence_id, commit
        person.epoch += 1
        row.epoch = person.epoch
        row.row_hash = person.head = row_hash(row, person.head)


def _announce(signal: Signal, person: Subject, rows: Iterable[ConsentTransaction]) -> None:
    """One signal per scope key. `send`, not `send_robust`: a failing receiver must fail the decision, or tokens would
    outlive the consent they hang on."""
    by_scope: dict[str, list[str]] = {}
    for row in rows:
        by_scope.setdefault(row.scope_key, []).append(row.purpose.name)
    for scope_key, purposes in by_scope.items():
        signal.send(
            sender=ConsentTransaction,
            subject=person,
            account_id=person.account_id,
            scope_key=scope_key,
            purposes=purposes,
        )
