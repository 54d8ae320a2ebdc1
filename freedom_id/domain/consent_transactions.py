"""Decisions that people make on a client's own pages, brought to us by the client
(docs/identity-v4-api.md, rows 4 and 5)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from consents.domain.collection_points import points_of
from consents.domain.idempotency import RepeatableRequest, answer_once
from consents.domain.purposes import names_of
from consents.domain.queries.answers import PurposeAnswer, answers_at
from consents.domain.queries.history import decided_units
from consents.domain.recording import Decision, record_decisions, withdraw_consents
from consents.domain.subjects import subject_for_account
from consents.enums import PERMITTING, Action, Actor
from consents.errors import CollectionPointClosed, PurposeNotAsked, PurposeNotPublished
from freedom_id.domain.asked_data import IDENTITY_DOOR
from freedom_id.domain.authorizations import end_authorization
from freedom_id.domain.events import record_event
from freedom_id.enums import EndReason, EventAction
from freedom_id.errors import InvalidToken
from freedom_id.grants import ASKED, IDENTITY_PROVIDER
from freedom_id.models import Account, Authorization, PartnerClient

# What the portal itself releases is agreed to on its own page only: else a client could help itself.
ASKED_BY_US_ALONE = set(ASKED) - {IDENTITY_PROVIDER}


@dataclass(frozen=True, slots=True)
class AllowedPurpose:
    """`version` is the one whose words the person read, None for the one that the point shows."""

    id: UUID
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Relay:
    """Who brings the decision, and what it is answered with. `actor_ref` names the client, and who asked it to act;
    `authorization_id` is the connection on which a person's token hangs, None for an operator; `request` is there when
    the client may send it again."""

    actor: Actor
    actor_ref: str
    ip: str
    answer: str
    authorization_id: UUID | None = None
    request: RepeatableRequest | None = None


def allow_purposes(
    account: Account, client: PartnerClient, *, purposes: Sequence[AllowedPurpose], locale: str, by: Relay
) -> str:
    """Give these consents, all or none, at the client's own collection point; the answer, be it of the first time.

    The ledger's rows name the words that the point shows in `locale`, published or pinned. `identity-provider` connects
    the client. Raises CollectionPointClosed, PurposeNotAsked, PurposeNotPublished, KeyReused, and InvalidToken when the
    connection of the caller ended meanwhile.
    """
    subject = subject_for_account(account)

    def act() -> str:
        _require_connection(by.authorization_id)
        points = points_of(client.client_id, name=IDENTITY_DOOR)
        if not points:
            raise CollectionPointClosed
        answers = answers_at(points, subject=subject, scope_key=client.client_id, locale=locale)
        decisions = _decisions(purposes, answers)
        names = {decision.purpose for decision in decisions}
        connects = IDENTITY_PROVIDER in names and not _live(account, client).exists()
        record_decisions(
            subject,
            collection_point=points[0],
            scope_key=client.client_id,
            decisions=decisions,
            actor=by.actor,
            actor_ref=by.actor_ref,
        )
        if connects:
            record_event(account, EventAction.SHARED, client=client, ip=by.ip)
        return by.answer

    return answer_once(subject, by.request, act)


def withdraw_purposes(
    account: Account, client: PartnerClient, *, purpose_ids: Collection[UUID], by: Relay, any_purpose: bool
) -> str:
    """Withdraw these consents, all or none; what was never given changes nothing. With `identity-provider` everything
    that the person agreed to with the client ends, and the connection with all its tokens.

    Without `any_purpose` only what the client asks, or was answered for it. The answer is returned, be it of the first
    time. Raises UnknownPurpose, PurposeNotAsked, KeyReused.
    """
    subject = subject_for_account(account)

    def act() -> str:
        units = list(decided_units(subject, scope_key=client.client_id))
        found = names_of(purpose_ids)
        if not any_purpose:
            _require_own(found, client, {unit.purpose_id for unit in units})
        names = set(found.values())
        ends = IDENTITY_PROVIDER in names and _live(account, client).exists()
        if ends:
            names |= {unit.purpose.name for unit in units if unit.status in PERMITTING}
        withdraw_consents(
            subject, names=sorted(names), scope_key=client.client_id, actor=by.actor, actor_ref=by.actor_ref
        )
        if ends:
            _end_connection(account, client)
            record_event(account, EventAction.STOPPED, client=client, ip=by.ip)
        return by.answer

    return answer_once(subject, by.request, act)


def _decisions(purposes: Sequence[AllowedPurpose], answers: Mapping[str, PurposeAnswer]) -> list[Decision]:
    offered = {answer.purpose.pk: answer for name, answer in answers.items() if name not in ASKED_BY_US_ALONE}
    return [_decision(purpose, offered.get(purpose.id)) for purpose in purposes]


def _decision(purpose: AllowedPurpose, answer: PurposeAnswer | None) -> Decision:
    if answer is None:
        raise PurposeNotAsked(str(purpose.id))
    notice = answer.notice
    if purpose.version not in (None, notice.version_number):
        raise PurposeNotPublished(notice.name)
    return Decision(notice.name, Action.ALLOW, notice.version_id, notice.locale, notice.sha256)


def _live(account: Account, client: PartnerClient) -> QuerySet[Authorization]:
    return Authorization.objects.filter(account=account, client=client, ended_at__isnull=True)


def _require_connection(authorization_id: UUID | None) -> None:
    """A disconnection that was committed while this call was on its way stands: the client cannot undo it."""
    if authorization_id is None:
        return
    if not Authorization.objects.filter(pk=authorization_id, ended_at__isnull=True).exists():
        raise InvalidToken("ended meanwhile")


def _require_own(found: Mapping[UUID, str], client: PartnerClient, decided: set[UUID]) -> None:
    asked = {purpose.pk for point in points_of(client.client_id) for purpose in point.purposes.all()}
    for purpose_id in found:
        if purpose_id not in asked | decided:
            raise PurposeNotAsked(str(purpose_id))


def _end_connection(account: Account, client: PartnerClient) -> None:
    """A connection older than the purpose `identity-provider` has no row in the ledger that would end it."""
    for authorization in _live(account, client).select_for_update(no_key=True):
        end_authorization(authorization, reason=EndReason.WITHDRAWN)
