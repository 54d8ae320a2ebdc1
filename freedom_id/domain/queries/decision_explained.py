"""Why one authorization request ended as it did: the rules that ran, in their order and by the names of the functions
that hold them, with what each was given and what came of it. A request is kept for a week; one that was refused before
it was kept has no row, and its client was told why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.domain.check import ConsentDecision
from consents.domain.point_in_time import check_consents_at
from consents.domain.queries.history import answers_to_notice, rows_with_words
from consents.domain.subjects import find_subject
from freedom_id.domain.pairwise_subjects import subject_of
from freedom_id.domain.rfc9470_step_up import meets
from freedom_id.enums import AccountStatus, Door, EventAction, RequestOutcome
from freedom_id.grants import ASKED, IDENTITY_PROVIDER
from freedom_id.models import AccountEvent, AuthorizationRequest, BrowserSignIn, Grant, TokenFamily

Text = str | Promise
MOST_TRIES = 20
A_MOMENT = timedelta(microseconds=1)


class Verdict(Enum):
    """WAITED: nobody came this far; NONE: there was nothing to judge."""

    PASSED = _("passed")
    STOPPED = _("stopped here")
    WAITED = _("not reached")
    NONE = _("nothing to judge")


@dataclass(frozen=True)
class Fact:
    """`row` is the row that it is read from, if there is one."""

    label: Text | datetime
    value: Any
    row: tuple[str, Any] | None = None


@dataclass(frozen=True)
class Words:
    """What the person read about one purpose, and what she answered; `evidence_id` is of how it came about."""

    title: str
    text: str
    consequence: str
    locale: str
    evidence_id: UUID | None = None


@dataclass(frozen=True)
class Step:
    """`rule` is the name of the function that judged."""

    rule: str
    title: Text
    verdict: Verdict
    facts: Sequence[Fact] = ()
    words: Sequence[Words] = ()


@dataclass(frozen=True)
class Explanation:
    request: AuthorizationRequest
    steps: Sequence[Step]

    @property
    def stopped_at(self) -> Step | None:
        """The step that it did not get beyond; None when the client got its code."""
        return next((step for step in self.steps if step.verdict is Verdict.STOPPED), None)


# What was judged before the request was kept, by the steps of `authorization_server.authorize`, and for a Link by
# `links.create_link`; a request that is there has passed them all.
STANDARD_DOOR: dict[str, tuple[Text, tuple[str, ...]]] = {
    "refuse_odd_input": (_("No parameter twice, no odd characters"), ()),
    "find_client": (_("The client is known and active"), ("client",)),
    "require_redirect_uri": (_("The address to return to is registered"), ("redirect_uri",)),
    "read_response_mode": (_("How the answer goes back"), ("response_mode",)),
    "require_code_flow": (_("A code is asked for, and the client may have one"), ()),
    "refuse_request_objects": (_("No request object"), ()),
    "require_pkce": (_("PKCE with S256"), ()),
    "read_scope": (_("The client may ask for these scopes"), ("scope", "grants")),
    "require_own_resource": (_("No other resource is named"), ()),
    "read_state_and_nonce": (_("State and nonce are not too long"), ()),
    "read_prompt": (_("How the person is to be asked"), ("prompt",)),
    "read_max_age": (_("How old the sign-in may be"), ("max_age",)),
    "read_acr_values": (_("Which level is wished"), ("acr",)),
    "read_id_token_hint": (_("Whom the client expects"), ("expected",)),
    "read_claims": (_("Which claims are asked for"), ("id_token_claims",)),
    "read_login_hint": (_("What the client thinks that she signs in by"), ()),
    "read_ui_locales": (_("In which language she is asked"), ("locale",)),
}
LINKS: dict[str, tuple[Text, tuple[str, ...]]] = {
    "require_client": (_("The client is known and active"), ("client",)),
    "redirect_uri_registered": (_("The address to return to is registered"), ("redirect_uri",)),
    "create_link": (_("The client may ask for these data"), ("grants", "locale")),
}
LABELS: dict[str, Text] = {
    "client": _("Client"),
    "redirect_uri": _("Address"),
    "response_mode": _("Way back"),
    "scope": _("Scopes"),
    "grants": _("Data"),
    "prompt": _("Prompt"),
    "max_age": _("Seconds"),
    "acr": _("Level"),
    "expected": _("Subject"),
    "id_token_claims": _("Claims"),
    "locale": _("Language"),
}


def explain_request(request: AuthorizationRequest) -> Explanation:
    """The steps of this request as far as it came, and those that it did not reach; eleven queries at most."""
    told = _Telling(request)
    steps = [*told.door(), told.kept(), told.signed_in(), *told.fits(), told.asked(), told.decided()]
    steps += [told.code_issued(), told.tokens()]
    return Explanation(request, _after_a_stop(steps))


def _after_a_stop(steps: Sequence[Step]) -> list[Step]:
    """What comes after the step at which it stopped was not reached."""
    stops = [at for at, step in enumerate(steps) if step.verdict is Verdict.STOPPED]
    end = stops[0] if stops else len(steps)
    return [step if at <= end else Step(step.rule, step.title, Verdict.WAITED) for at, step in enumerate(steps)]


class _Telling:
    """Reads what each step needs, once."""

    def __init__(self, request: AuthorizationRequest) -> None:
        self.request, self.client = request, request.client
        self.is_over = timezone.now() >= request.expires_at

    @cached_property
    def events(self) -> list[AccountEvent]:
        """The sign-ins of this request, and the tries that failed."""
        rows = AccountEvent.objects.filter(track_id=self.request.pk).order_by("happened_at")
        return list(rows[:MOST_TRIES])

    @cached_property
    def sign_in(self) -> BrowserSignIn | None:
        rows = BrowserSignIn.objects.select_related("device").defer("device__push_token")
        return rows.filter(pk=self.request.sign_in_id).first() if self.request.sign_in_id else None

    @cached_property
    def before(self) -> Mapping[str, ConsentDecision]:
        """What the ledger said of each grant when the person came to decide."""
        at = (self.request.decided_at or self.request.shown_at or timezone.now()) - A_MOMENT
        names = [IDENTITY_PROVIDER, *self.request.grants]
        key = self.client.client_id
        return check_consents_at(self.subject, names=names, scope_key=key, at=at, known_at=at)

    @cached_property
    def subject(self) -> Any:
        return find_subject(self.request.account_id) if self.request.account_id else None

    @cached_property
    def answers(self) -> list[tuple[Any, Any]]:
        """The ledger's rows that decided, with their words: what was answered, or what stood already."""
        if self.request.notice_token_id:
            return answers_to_notice(self.subject, self.request.notice_token_id)
        if self.request.outcome == RequestOutcome.STOOD:
            standing = [one.transaction_id for one in self.before.values() if one.allowed and one.transaction_id]
            return rows_with_words(self.subject, standing)
        return []

    @cached_property
    def code(self) -> Grant | None:
        codes = Grant.objects.filter(authorization__account=self.request.account_id, application=self.client)
        return codes.filter(family_id=self.request.family_id).first() if self.request.family_id else None

    @cached_property
    def family(self) -> TokenFamily | None:
        return TokenFamily.objects.filter(pk=self.request.family_id).first() if self.request.family_id else None

    def door(self) -> list[Step]:
        rules = LINKS if self.request.door == Door.FREEDOM_ID else STANDARD_DOOR
        return [
            Step(rule, title, Verdict.PASSED, [self._input(name) for name in inputs])
            for rule, (title, inputs) in rules.items()
        ]

    def kept(self) -> Step:
        facts = [Fact(_("Asked"), self.request.created_at), Fact(_("Open until"), self.request.expires_at)]
        active = self.client.is_usable(None)
        verdict = Verdict.PASSED if active or self.request.decided_at else Verdict.STOPPED
        return Step("open_request", _("The request is open, and its client still active"), verdict, facts)

    def signed_in(self) -> Step:
        """By this request or before it; what failed meanwhile, and why."""
        facts = [Fact(row.happened_at, _said(row), _ref(row)) for row in self.events]
        if self.sign_in is not None:
            proven = ", ".join(self.sign_in.proven_by)
            facts += [
                Fact(_("Signed in"), self.sign_in.started_at, _ref(self.sign_in)),
                Fact(_("Proven by"), proven),
                Fact(_("Device"), str(self.sign_in.device), _ref(self.sign_in.device)),
            ]
        came = bool(self.request.account_id) or any(row.action == EventAction.SIGNED_IN for row in self.events)
        return Step("prove_by_…", _("Somebody signs in"), Verdict.PASSED if came else Verdict.STOPPED, facts)

    def fits(self) -> list[Step]:
        """Whether the sign-in is the one that the client wants."""
        return [self._fresh(), self._expected(), self._level(), self._active()]

    def asked(self) -> Step:
        """Each grant: what stood before, and what the page asked."""
        facts = [
            Fact(_title(name), decision.reason.label, _decision_ref(decision)) for name, decision in self.before.items()
        ]
        if self.request.shown_at:
            facts.insert(0, Fact(_("Page shown"), self.request.shown_at))
        reached = self.request.shown_at or self.request.decided_at
        title = _("What is asked, and what stands already")
        return Step("question_for", title, Verdict.PASSED if reached else Verdict.STOPPED, facts)

    def decided(self) -> Step:
        outcome = self.request.outcome
        rule = "refuse" if outcome == RequestOutcome.REFUSED else "allow"
        words = [
            Words(text.title, text.text, text.consequence, row.locale, row.evidence_id) for row, text in self.answers
        ]
        facts = [Fact(_("Decided"), self.request.decided_at)] if self.request.decided_at else []
        facts += [Fact(_("Outcome"), self.request.get_outcome_display())] if outcome else []
        facts += [
            Fact(text.title, row.get_action_display(), ("consents.consenttransaction", row.pk))
            for row, text in self.answers
        ]
        if not self.request.decided_at and self.is_over:
            facts.append(Fact(_("Over since"), self.request.expires_at))
        refused = outcome == RequestOutcome.REFUSED or not self.request.decided_at
        return Step(rule, _("The person decides"), Verdict.STOPPED if refused else Verdict.PASSED, facts, words)

    def code_issued(self) -> Step:
        title = _("The client is given a code")
        if self.code is None:
            return Step("_issue_code", title, Verdict.NONE)
        facts = [Fact(_("Good until"), self.code.expires, _ref(self.code)), Fact(_("Data"), _titles(self.code.grants))]
        return Step("_issue_code", title, Verdict.PASSED, facts)

    def tokens(self) -> Step:
        title, rule = _("The client exchanges it for tokens"), "exchange_code"
        if self.family is None:
            late = self.code is not None and self.code.spent_at is None and self.code.expires <= timezone.now()
            facts = [Fact(_("Never redeemed"), self.code.expires)] if late and self.code else []
            return Step(rule, title, Verdict.STOPPED if late else Verdict.NONE, facts)
        facts = [Fact(_("Since"), self.family.created_at, _ref(self.family)), Fact(_("Until"), self.family.expires_at)]
        if self.family.ended_at:
            facts += [
                Fact(_("Ended"), self.family.ended_at),
                Fact(_("Why it ended"), self.family.get_end_reason_display()),
            ]
        return Step(rule, title, Verdict.PASSED, facts)

    def _input(self, name: str) -> Fact:
        if name == "client":
            return Fact(LABELS[name], f"{self.client.name} ({self.client.get_status_display()})", _ref(self.client))
        value = getattr(self.request, name)
        return Fact(LABELS[name], _titles(value) if name == "grants" else value)

    def _fresh(self) -> Step:
        """What was decided was new enough when it was."""
        wanted, title = self._wanted_after(), _("The sign-in is new enough")
        facts = [Fact(_("Not older than"), wanted)] if wanted else []
        if wanted is None or self.sign_in is None:
            return Step("is_stale", title, Verdict.NONE, facts)
        good = self.request.decided_at is not None or self.sign_in.started_at >= wanted
        return Step("is_stale", title, _verdict(True, good), facts)

    def _wanted_after(self) -> datetime | None:
        """OIDC Core §3.1.2.1."""
        if "login" in self.request.prompt.split():
            return self.request.created_at
        age = self.request.max_age
        return None if age is None else self.request.created_at - timedelta(seconds=age)

    def _expected(self) -> Step:
        account, expected = self.request.account, self.request.expected
        judged = expected is not None and account is not None
        subject = subject_of(account.freedom_id, self.client.sector_identifier) if account else ""
        return Step("is_expected", _("It is whom the client expects"), _verdict(judged, subject == str(expected)))

    def _level(self) -> Step:
        """A wish that cannot be met is passed over, unless the client insists."""
        judged = bool(self.request.acr) and self.sign_in is not None
        good = meets(self.request, self.sign_in) or not self.request.acr_essential
        facts = [Fact(_("Level"), self.request.acr)] if self.request.acr else []
        return Step("meets", _("The sign-in reaches the level"), _verdict(judged, good), facts)

    def _active(self) -> Step:
        account = self.request.account
        good = account is not None and (account.status == AccountStatus.ACTIVE or self.request.decided_at is not None)
        facts = [Fact(_("Account now"), account.get_status_display(), _ref(account))] if account else []
        return Step("_require_active", _("The account is active"), _verdict(account is not None, good), facts)


def _verdict(judged: bool, good: bool) -> Verdict:
    return Verdict.NONE if not judged else Verdict.PASSED if good else Verdict.STOPPED


def _said(event: AccountEvent) -> str:
    return ": ".join(part for part in (event.get_action_display(), event.get_reason_display()) if part)


def _ref(row: Model) -> tuple[str, Any]:
    return row._meta.label_lower, row.pk


def _decision_ref(decision: ConsentDecision) -> tuple[str, Any] | None:
    return ("consents.consenttransaction", decision.transaction_id) if decision.transaction_id else None


def _title(name: str) -> Text:
    return ASKED[name].title if name in ASKED else name


def _titles(names: Sequence[str]) -> str:
    return ", ".join(str(_title(name)) for name in names)
