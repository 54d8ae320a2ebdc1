"""The decision on a request: what is asked, what was already given, and what one press of a button writes.

`decide` is the one visible order of RFC 6749 §4.1.1 step C in this house: spend the request → ledger → authorization →
code, in one transaction. The line that writes the consent is `record_decisions` in it.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from consents.domain.check import ConsentDecision, check_consents
from consents.domain.collection_points import collection_point_for
from consents.domain.counts import count_asked
from consents.domain.notice_tokens import ShownNotice
from consents.domain.purpose_locks import hold_purposes
from consents.domain.purposes import Notice, notices_for
from consents.domain.recording import Decision, record_decisions, yes_ends_at
from consents.domain.state import lock_subjects
from consents.domain.subjects import subject_for_account
from consents.enums import Action, Actor
from freedom_id.conf import conf
from freedom_id.domain.asked_data import SIGN_IN_PAGE
from freedom_id.domain.authorizations import grant_entry, record_authorization
from freedom_id.domain.chosen_values import CHOOSABLE, Value, ValueGone, choose, lost_values
from freedom_id.domain.devices import has_ended, make_room
from freedom_id.domain.events import record_event
from freedom_id.domain.links import open_request
from freedom_id.domain.notices import queue_connection_notice
from freedom_id.enums import Duration, EventAction, RequestOutcome
from freedom_id.errors import AccountUnavailable, InvalidLink
from freedom_id.grants import IDENTITY_PROVIDER
from freedom_id.models import Account, Authorization, AuthorizationRequest, Grant
from freedom_id.sealing import token_digest

Evidence = Mapping[str, Any] | None
MONTH = timedelta(days=30)


class QuestionChanged(Exception):
    """What is needed is not what the page said, or was withdrawn meanwhile: ask again."""


@dataclass(frozen=True)
class SignIn:
    """Who is at the browser: the account, its sign-in and when it happened."""

    account: Account
    sign_in_id: UUID
    authenticated_at: datetime
    ip: str


@dataclass(frozen=True)
class Question:
    """What the consent page asks: grants with their notices, apart from those that stand already; `connection` says
    what being signed in there means, None once the person agreed to that."""

    connection: Notice | None
    required: Sequence[Notice]
    optional: Sequence[Notice]
    standing: Sequence[Notice]

    @property
    def shown(self) -> list[ShownNotice]:
        """What a page with this question shows; it comes back with the answer."""
        inseparable = [*([self.connection] if self.connection else []), *self.required]
        needed = [ShownNotice(n.name, True, n.version_id, n.locale, n.sha256) for n in inseparable]
        return needed + [ShownNotice(n.name, False, n.version_id, n.locale, n.sha256) for n in self.optional]

    @property
    def no_new_data(self) -> bool:
        return not self.required and not self.optional

    @property
    def nothing_new(self) -> bool:
        return self.connection is None and self.no_new_data


@dataclass(frozen=True)
class Choice:
    """How long the person shares what is asked now, and which number or address: by grant the `Credential.number`, None
    where the page showed that there is none. A grant that is not named shows the main one."""

    duration: Duration = Duration.UNTIL_STOPPED
    values: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Answer:
    """What came back with the press of a button."""

    shown: Sequence[ShownNotice]
    notice_token_id: UUID | None
    evidence: Evidence
    allowed: Collection[str] = ()
    duration: Duration = Duration.UNTIL_STOPPED

    def ends_at(self, name: str, now: datetime, known: ConsentDecision | None) -> datetime | None:
        """When the yes to `name` ends. That to the connection lasts as long as what hangs on it, so a new one never
        shortens the one that stands (`known`)."""
        end = duration_ends_at(self.duration, now)
        if name != IDENTITY_PROVIDER or known is None or end is None:
            return end
        return max(end, known.expires_at) if known.expires_at else None


class _Yes(NamedTuple):
    """A yes that the ledger holds: its row, when it ends, and when it ends of itself whatever becomes of its terms."""

    transaction_id: UUID
    until: datetime | None
    expires_at: datetime | None


UNTIL_STOPPED = Choice()


def question_for(request: AuthorizationRequest, account: Account, *, locale: str) -> Question:
    """Split the request's grants into required, optional and already given, with texts in `locale`.

    Raises CollectionPointClosed when the client asks nothing any more.
    """
    point = collection_point_for(request.client.client_id, name=SIGN_IN_PAGE)
    notices = notices_for(_asked(request), locale=locale, point=point)
    standing = _lasting_consents(request, account)
    asked = [notices[code] for code in request.grants if code in notices]
    needed = set(request.client.required_grants)
    new = [n for n in asked if n.name not in standing]
    known = standing.get(IDENTITY_PROVIDER)
    settled = known is not None and (not new or known.expires_at is None)  # what is shared now may last longer
    return Question(
        connection=None if settled else notices.get(IDENTITY_PROVIDER),
        required=[n for n in new if n.name in needed],
        optional=[n for n in new if n.name not in needed],
        standing=[n for n in asked if n.name in standing],
    )


def note_question(request: AuthorizationRequest, question: Question, sign_in: SignIn) -> None:
    """A page asked this: note on the request when and whom, and count it for the reports."""
    shown = {"account": sign_in.account, "sign_in_id": sign_in.sign_in_id, "shown_at": timezone.now()}
    AuthorizationRequest.objects.filter(pk=request.pk, decided_at__isnull=True).update(**shown)
    client_id = request.client.client_id
    point = collection_point_for(client_id, name=SIGN_IN_PAGE)
    count_asked([notice.version_id for notice in question.shown], point=point, scope_key=client_id)


def standing_consents(request: AuthorizationRequest, account: Account) -> dict[str, ConsentDecision]:
    """Of the connection and the asked grants, those that the ledger permits now."""
    subject = subject_for_account(account)
    decisions = check_consents(subject, names=_asked(request), scope_key=request.client.client_id)
    return {code: decision for code, decision in decisions.items() if decision.allowed}


def _lasting_consents(request: AuthorizationRequest, account: Account) -> dict[str, ConsentDecision]:
    """Of those the ones that need not be asked again: what ends before a new sign-in's tokens do was shared once, and
    a number or address that is gone from the account is chosen anew."""
    last = once_ends_at(timezone.now())
    standing = {
        code: decision
        for code, decision in standing_consents(request, account).items()
        if decision.until is None or decision.until > last
    }
    if not CHOOSABLE.keys() & standing.keys():
        return standing
    live = Authorization.objects.filter(account=account, client=request.client, ended_at__isnull=True).first()
    lost = lost_values(account, live.grants if live else {}, standing)
    return {code: decision for code, decision in standing.items() if code not in lost}


def once_ends_at(now: datetime) -> datetime:
    """When what is shared just once ends: with the access token that the code of this moment buys, at the latest."""
    return now + conf.code_lifetime + conf.access_token_lifetime


def duration_ends_at(duration: Duration, now: datetime) -> datetime | None:
    """When what is shared now for that long ends, None for never by itself."""
    ends = {Duration.ONCE: once_ends_at(now), Duration.MONTH: now + MONTH}
    return ends.get(duration)


def is_settled(request: AuthorizationRequest, account: Account) -> bool:
    """Whether nobody need be asked: the person once agreed to be known to this client, did not end it since, and all
    that the request asks for stands."""
    connected = Authorization.objects.filter(account=account, client=request.client, ended_at__isnull=True).exists()
    return connected and question_for(request, account, locale="en").nothing_new


def allow(
    track_id: str,
    sign_in: SignIn,
    *,
    ticked: Iterable[str],
    shown: Sequence[ShownNotice],
    notice_token_id: UUID | None = None,
    evidence: Evidence = None,
    choice: Choice = UNTIL_STOPPED,
    silently: bool = False,
) -> str:
    """The person agreed. Write one ledger row for the connection and each grant that was asked, the authorization and
    the code, and return the code in clear: 64 URL-safe characters, good once for 60 s.

    `shown` are the notices that were on the page (required and optional), `notice_token_id` the id of the token that
    proves it, `evidence` how the answer came about; `ticked` the optional grants that the person chose, `choice` how
    long and which values; `silently` says that there was no page. Raises InvalidLink when the request was decided
    meanwhile, QuestionChanged, AccountUnavailable, and what the ledger refuses (ConsentsError); nothing is written
    then.
    """
    with transaction.atomic():
        outcome = RequestOutcome.STOOD if silently else RequestOutcome.ALLOWED
        request = _spend_request(track_id, sign_in, outcome, notice_token_id)
        _require_active(sign_in.account)
        lock_subjects([subject_for_account(sign_in.account).pk])  # what stands now must stand until the commit
        hold_purposes(_asked(request))
        _require_same_question(request, sign_in.account, shown, silently=silently)
        standing, needed = standing_consents(request, sign_in.account), _needed(request)
        is_first = not Authorization.objects.filter(account=sign_in.account, client=request.client).exists()
        allowed = {*ticked} | needed
        values = _chosen_values(sign_in.account, allowed & {notice.name for notice in shown}, choice)
        answer = _Answer(shown, notice_token_id, _with_values(evidence, values), allowed, choice.duration)
        rows = _record(request, sign_in, answer, known=standing.get(IDENTITY_PROVIDER))
        given = _given(rows, standing, answer)
        if needed & {*_asked(request)} - set(given):
            raise QuestionChanged
        entries, ends_at = _entries(given, values), given[IDENTITY_PROVIDER].expires_at
        authorization = record_authorization(sign_in.account, request.client, grants=entries, ends_at=ends_at)
        _admit(sign_in, authorization)
        record_event(sign_in.account, EventAction.SHARED, client=request.client, ip=sign_in.ip)
        if is_first and rows:
            queue_connection_notice(sign_in.account, request.client.name, rows[0].receipt_id)
        return _issue_code(request, sign_in, authorization.pk, [code for code in request.grants if code in given])


def refuse(
    track_id: str,
    sign_in: SignIn,
    *,
    shown: Sequence[ShownNotice],
    notice_token_id: UUID | None = None,
    evidence: Evidence = None,
) -> AuthorizationRequest:
    """The person refused: a refusal per grant that was asked; what stood before keeps standing, also the connection
    that sharing more would have prolonged."""
    with transaction.atomic():
        request = _spend_request(track_id, sign_in, RequestOutcome.REFUSED, notice_token_id)
        lock_subjects([subject_for_account(sign_in.account).pk])
        connected = IDENTITY_PROVIDER in standing_consents(request, sign_in.account)
        refused = [notice for notice in shown if not (connected and notice.name == IDENTITY_PROVIDER)]
        _record(request, sign_in, _Answer(refused, notice_token_id, evidence))
        record_event(sign_in.account, EventAction.REFUSED, client=request.client, ip=sign_in.ip)
    return request


def _needed(request: AuthorizationRequest) -> set[str]:
    return {IDENTITY_PROVIDER, *request.client.required_grants}


def _asked(request: AuthorizationRequest) -> list[str]:
    return [IDENTITY_PROVIDER, *request.grants]


def _spend_request(
    track_id: str, sign_in: SignIn, outcome: RequestOutcome, notice_token_id: UUID | None
) -> AuthorizationRequest:
    """One decision per request: compare-and-set on `decided_at`. With it stands what explains it later."""
    request = open_request(track_id)
    request.family_id = family_id = uuid4()
    spent = AuthorizationRequest.objects.filter(
        pk=request.pk, decided_at__isnull=True, expires_at__gt=timezone.now()
    ).update(
        decided_at=timezone.now(),
        account=sign_in.account,
        sign_in_id=sign_in.sign_in_id,
        outcome=outcome,
        notice_token_id=notice_token_id,
        family_id=family_id,
    )
    if not spent:
        raise InvalidLink("decided meanwhile")
    return request


def _require_active(account: Account) -> None:
    if not Account.objects.get(pk=account.pk).is_active:
        raise AccountUnavailable


def _admit(sign_in: SignIn, authorization: Authorization) -> None:
    """The account's row is held: whatever signs this browser out came before, or ends the code that follows."""
    if has_ended(sign_in.sign_in_id):
        raise QuestionChanged
    if authorization.client.max_devices:
        make_room(authorization, limit=authorization.client.max_devices, sign_in_id=sign_in.sign_in_id)


def _require_same_question(
    request: AuthorizationRequest, account: Account, shown: Sequence[ShownNotice], *, silently: bool
) -> None:
    """The page called needed what is needed now; where there was none, there is still nothing to ask."""
    needed = _needed(request)
    if any(notice.required != (notice.name in needed) for notice in shown):
        raise QuestionChanged
    if silently and not is_settled(request, account):
        raise QuestionChanged


def _record(
    request: AuthorizationRequest, sign_in: SignIn, answer: "_Answer", *, known: ConsentDecision | None = None
) -> list[Any]:
    """Write the decisions to the ledger, and return its rows. `known` is the connection's own yes, if one stands."""
    if not answer.shown:
        return []
    now = timezone.now()
    return record_decisions(
        subject_for_account(sign_in.account),
        collection_point=collection_point_for(request.client.client_id, name=SIGN_IN_PAGE),
        scope_key=request.client.client_id,
        decisions=[
            Decision(
                purpose=notice.name,
                action=Action.ALLOW if notice.name in answer.allowed else Action.REFUSE,
                version_id=notice.version_id,
                locale=notice.locale,
                text_sha256=notice.sha256,
                until=answer.ends_at(notice.name, now, known),
            )
            for notice in answer.shown
        ],
        actor=Actor.SELF,
        notice_token_id=answer.notice_token_id,
        evidence=answer.evidence,
    )


def _given(
    rows: Iterable[Any], standing: Mapping[str, ConsentDecision], answer: "_Answer"
) -> dict[str, "_Yes | ConsentDecision"]:
    """What is allowed now: by the ledger's new rows, and what stood and was not answered anew, be it by a no."""
    permits = (Action.ALLOW, Action.RENEW)
    given = {r.purpose.name: _Yes(r.pk, yes_ends_at(r), r.expires_at) for r in rows if r.action in permits}
    answered = {notice.name for notice in answer.shown}
    return given | {code: decision for code, decision in standing.items() if code not in answered}


def _entries(
    given: Mapping[str, "_Yes | ConsentDecision"], values: Mapping[str, Value | None]
) -> dict[str, dict[str, Any]]:
    """What the authorization is to say of each grant. The connection is no data: it stands as long as that does."""
    entries = {
        code: grant_entry(yes.transaction_id, yes.until) for code, yes in given.items() if code != IDENTITY_PROVIDER
    }
    return entries | {
        code: entries[code] | {"value": value.number if value else None} for code, value in values.items()
    }


def _chosen_values(account: Account, grants: Collection[str], choice: Choice) -> dict[str, Value | None]:
    try:
        return choose(account, grants, choice.values)
    except ValueGone as gone:
        raise QuestionChanged from gone


def _with_values(evidence: Evidence, values: Mapping[str, Value | None]) -> Evidence:
    """Which numbers and addresses the answer was about, as the page showed them."""
    shown = {code: value.masked for code, value in values.items() if value}
    return {**evidence, "values": shown} if evidence is not None and shown else evidence


def _issue_code(request: AuthorizationRequest, sign_in: SignIn, authorization_id: UUID, grants: list[str]) -> str:
    code = secrets.token_urlsafe(48)
    Grant.objects.create(
        code=token_digest(code),
        user=sign_in.account,
        application=request.client,
        authorization_id=authorization_id,
        family_id=cast(UUID, request.family_id),
        redirect_uri=request.redirect_uri,
        scope=request.scope,
        grants=grants,
        nonce=request.nonce,
        id_token_claims=request.id_token_claims,
        code_challenge=request.code_challenge,
        code_challenge_method="S256" if request.code_challenge else "",
        sign_in_id=sign_in.sign_in_id,
        authenticated_at=sign_in.authenticated_at,
        expires=timezone.now() + conf.code_lifetime,
    )
    return code
