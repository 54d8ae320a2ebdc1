"""The decision on a request: what is asked, what was already given, and what one press of a button writes.

`decide` is the one visible order of RFC 6749 §4.1.1 step C in this house: spend the request → ledger → authorization →
code, in one transaction. The line that writes the consent is `record_decisions` in it.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

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
from freedom_id.domain.authorizations import grant_entry, record_authorization
from freedom_id.domain.devices import has_ended, make_room
from freedom_id.domain.events import record_event
from freedom_id.domain.links import open_request
from freedom_id.domain.partner_clients import SIGN_IN_PAGE
from freedom_id.enums import EventAction
from freedom_id.errors import AccountUnavailable, InvalidLink
from freedom_id.grants import IDENTITY_PROVIDER
from freedom_id.models import Account, Authorization, AuthorizationRequest, Grant
from freedom_id.sealing import token_digest

Allowed = Callable[[str], bool]
Evidence = Mapping[str, Any] | None


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


def question_for(request: AuthorizationRequest, account: Account, *, locale: str) -> Question:
    """Split the request's grants into required, optional and already given, with texts in `locale`.

    Raises CollectionPointClosed when the client asks nothing any more.
    """
    point = collection_point_for(request.client.client_id, name=SIGN_IN_PAGE)
    notices = notices_for(_asked(request), locale=locale, point=point)
    standing = standing_consents(request, account)
    asked = [notices[code] for code in request.grants if code in notices]
    needed = set(request.client.required_grants)
    return Question(
        connection=None if IDENTITY_PROVIDER in standing else notices.get(IDENTITY_PROVIDER),
        required=[n for n in asked if n.name not in standing and n.name in needed],
        optional=[n for n in asked if n.name not in standing and n.name not in needed],
        standing=[n for n in asked if n.name in standing],
    )


def count_question(request: AuthorizationRequest, question: Question) -> None:
    """Count for the reports that a page asked this."""
    client_id = request.client.client_id
    point = collection_point_for(client_id, name=SIGN_IN_PAGE)
    count_asked([notice.version_id for notice in question.shown], point=point, scope_key=client_id)


def standing_consents(request: AuthorizationRequest, account: Account) -> dict[str, ConsentDecision]:
    """Of the connection and the asked grants, those that the ledger permits now."""
    subject = subject_for_account(account)
    decisions = check_consents(subject, names=_asked(request), scope_key=request.client.client_id)
    return {code: decision for code, decision in decisions.items() if decision.allowed}


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
    silently: bool = False,
) -> str:
    """The person agreed. Write one ledger row for the connection and each grant that was asked, the authorization and
    the code, and return the code in clear: 64 URL-safe characters, good once for 60 s.

    `shown` are the notices that were on the page (required and optional), `notice_token_id` the id of the token that
    proves it, `evidence` how the answer came about; `ticked` the optional grants that the person chose; `silently` says
    that there was no page. Raises InvalidLink when the request was decided meanwhile, QuestionChanged,
    AccountUnavailable, and what the ledger refuses (ConsentsError); nothing is written then.
    """
    chosen = set(ticked)
    with transaction.atomic():
        request = _spend_request(track_id)
        _require_active(sign_in.account)
        lock_subjects([subject_for_account(sign_in.account).pk])  # what stands now must stand until the commit
        hold_purposes(_asked(request))
        _require_same_question(request, sign_in.account, shown, silently=silently)
        standing = standing_consents(request, sign_in.account)
        needed = _needed(request)
        allowed = chosen | needed
        given = _record(request, sign_in, shown, notice_token_id, evidence, allowed.__contains__)
        answered = {notice.name for notice in shown}  # anew: a "no" to what stood until now counts
        given |= {code: grant_entry(d.transaction_id, d.until) for code, d in standing.items() if code not in answered}
        if needed & set(_asked(request)) - set(given):
            raise QuestionChanged
        del given[IDENTITY_PROVIDER]  # no data: it stands as long as the authorization does
        authorization = record_authorization(sign_in.account, request.client, grants=given)
        _admit(sign_in, authorization)
        record_event(sign_in.account, EventAction.SHARED, client=request.client, ip=sign_in.ip)
        return _issue_code(request, sign_in, authorization.pk, [code for code in request.grants if code in given])


def refuse(
    track_id: str,
    sign_in: SignIn,
    *,
    shown: Sequence[ShownNotice],
    notice_token_id: UUID | None = None,
    evidence: Evidence = None,
) -> AuthorizationRequest:
    """The person refused: a refusal per grant that was asked; what stood before keeps standing."""
    with transaction.atomic():
        request = _spend_request(track_id)
        _record(request, sign_in, shown, notice_token_id, evidence, lambda _code: False)
        record_event(sign_in.account, EventAction.REFUSED, client=request.client, ip=sign_in.ip)
    return request


def _needed(request: AuthorizationRequest) -> set[str]:
    return {IDENTITY_PROVIDER, *request.client.required_grants}


def _asked(request: AuthorizationRequest) -> list[str]:
    return [IDENTITY_PROVIDER, *request.grants]


def _spend_request(track_id: str) -> AuthorizationRequest:
    """One decision per request: compare-and-set on `decided_at`."""
    request = open_request(track_id)
    spent = AuthorizationRequest.objects.filter(
        pk=request.pk, decided_at__isnull=True, expires_at__gt=timezone.now()
    ).update(decided_at=timezone.now())
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
    request: AuthorizationRequest,
    sign_in: SignIn,
    shown: Sequence[ShownNotice],
    notice_token_id: UUID | None,
    evidence: Evidence,
    allowed: Allowed,
) -> dict[str, Any]:
    """Write the decisions to the ledger; returns the allowed grants with their entries."""
    if not shown:
        return {}
    rows = record_decisions(
        subject_for_account(sign_in.account),
        collection_point=collection_point_for(request.client.client_id, name=SIGN_IN_PAGE),
        scope_key=request.client.client_id,
        decisions=[
            Decision(
                purpose=notice.name,
                action=Action.ALLOW if allowed(notice.name) else Action.REFUSE,
                version_id=notice.version_id,
                locale=notice.locale,
                text_sha256=notice.sha256,
            )
            for notice in shown
        ],
        actor=Actor.SELF,
        notice_token_id=notice_token_id,
        evidence=evidence,
    )
    permits = (Action.ALLOW, Action.RENEW)
    return {row.purpose.name: grant_entry(row.pk, yes_ends_at(row)) for row in rows if row.action in permits}


def _issue_code(request: AuthorizationRequest, sign_in: SignIn, authorization_id: UUID, grants: list[str]) -> str:
    code = secrets.token_urlsafe(48)
    Grant.objects.create(
        code=token_digest(code),
        user=sign_in.account,
        application=request.client,
        authorization_id=authorization_id,
        redirect_uri=request.redirect_uri,
        scope=request.scope,
        grants=grants,
        nonce=request.nonce,
        code_challenge=request.code_challenge,
        code_challenge_method="S256" if request.code_challenge else "",
        sign_in_id=sign_in.sign_in_id,
        authenticated_at=sign_in.authenticated_at,
        expires=timezone.now() + conf.code_lifetime,
    )
    return code
