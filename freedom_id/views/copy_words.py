"""A copy of everything in words: what each chapter, each field and each code is called on paper."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.enums import Actor, Reason, Status
from freedom_id.enums import (
    ChallengeState,
    Channel,
    CodePurpose,
    CustomerChannel,
    EndReason,
    EventAction,
    Gender,
    NoticeKind,
    ProfileState,
    ProofType,
    SignInFailure,
    TwoStepMethod,
)
from freedom_id.grants import ASKED
from freedom_id.views.me import ACTIONS

Words = Mapping[str, str | Promise]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
DAY = re.compile(r"\d{4}-\d\d-\d\d")

TITLES: Words = {
    "account": gettext_lazy("Account"),
    "ways_to_sign_in": gettext_lazy("Ways to sign in"),
    "devices": gettext_lazy("Devices"),
    "sign_ins": gettext_lazy("Sign-ins"),
    "apps": gettext_lazy("Apps"),
    "decisions": gettext_lazy("Decisions"),
    "standing": gettext_lazy("What holds now"),
    "receipts": gettext_lazy("Receipts"),
    "evidence": gettext_lazy("How your decisions came about"),
    "evidence_accesses": gettext_lazy("When staff read it"),
    "profile": gettext_lazy("Your profile as apps get it"),
    "profile_requests": gettext_lazy("Requests for your profile"),
    "codes": gettext_lazy("Codes sent to you"),
    "approvals": gettext_lazy("Approvals"),
    "notices": gettext_lazy("Messages to you"),
    "activity": gettext_lazy("Activity"),
    "notes": gettext_lazy("Notes of support about you"),
}

FIELDS: Words = {
    "about": gettext_lazy("About"),
    "act": gettext_lazy("Act"),
    "action": gettext_lazy("Decision"),
    "added_at": gettext_lazy("Added"),
    "address": gettext_lazy("Address"),
    "app": gettext_lazy("App"),
    "asked_at": gettext_lazy("Asked"),
    "backed_up": gettext_lazy("Kept in more than one place"),
    "channel": gettext_lazy("Channel"),
    "client_id": gettext_lazy("Number of the app"),
    "consequence": gettext_lazy("Without it"),
    "country": gettext_lazy("Citizenship"),
    "created_at": gettext_lazy("Made"),
    "data": gettext_lazy("Data"),
    "date_of_birth": gettext_lazy("Date of birth"),
    "decided_at": gettext_lazy("Decided"),
    "decided_by": gettext_lazy("Decided by"),
    "decided_on": gettext_lazy("Decided on"),
    "device": gettext_lazy("Device"),
    "done_by": gettext_lazy("Done by"),
    "email": gettext_lazy("E-mail address"),
    "emails": gettext_lazy("Other e-mail addresses"),
    "end_reason": gettext_lazy("Why it ended"),
    "ended_at": gettext_lazy("Ended"),
    "evidence": gettext_lazy("Number of the evidence"),
    "expires_at": gettext_lazy("Valid until"),
    "facts": gettext_lazy("Facts"),
    "finished_at": gettext_lazy("Finished"),
    "first_seen": gettext_lazy("First seen"),
    "firstname": gettext_lazy("First name"),
    "freedom_id": gettext_lazy("Freedom ID"),
    "gender": gettext_lazy("Gender"),
    "gets_pushes": gettext_lazy("Gets push messages"),
    "holds": gettext_lazy("Now"),
    "identifier": gettext_lazy("National identifier"),
    "ip": gettext_lazy("Network"),
    "issued_at": gettext_lazy("Issued"),
    "kept_since": gettext_lazy("Kept since"),
    "language": gettext_lazy("Language"),
    "last_ip": gettext_lazy("Network"),
    "last_seen": gettext_lazy("Last seen"),
    "last_sign_in": gettext_lazy("Last sign-in"),
    "last_used": gettext_lazy("Last used"),
    "last_word": gettext_lazy("Your last word"),
    "lastname": gettext_lazy("Last name"),
    "main": gettext_lazy("Main"),
    "method": gettext_lazy("Method"),
    "model": gettext_lazy("Model"),
    "name": gettext_lazy("Name"),
    "nationality": gettext_lazy("Nationality"),
    "occurred_at": gettext_lazy("When"),
    "opened_at": gettext_lazy("Opened"),
    "patronymic": gettext_lazy("Patronymic"),
    "personal_data": gettext_lazy("Personal data"),
    "phone": gettext_lazy("Phone number"),
    "phones": gettext_lazy("Other phone numbers"),
    "place": gettext_lazy("Asked at"),
    "proven_at": gettext_lazy("Proven"),
    "proven_by": gettext_lazy("Proven by"),
    "purpose": gettext_lazy("Purpose"),
    "reason": gettext_lazy("Reason"),
    "receipt": gettext_lazy("Number of the receipt"),
    "recorded_at": gettext_lazy("Recorded"),
    "scope": gettext_lazy("Scope"),
    "second_proof_at": gettext_lazy("Second proof"),
    "sent_at": gettext_lazy("Sent"),
    "shown_as": gettext_lazy("Named"),
    "signed": gettext_lazy("Signed"),
    "signed_out_at": gettext_lazy("Signed out"),
    "since": gettext_lazy("Since"),
    "ssoid": gettext_lazy("SSOID"),
    "state": gettext_lazy("State"),
    "text": gettext_lazy("Text"),
    "title": gettext_lazy("What"),
    "trusted_since": gettext_lazy("Trusted since"),
    "type": gettext_lazy("Type"),
    "used_at": gettext_lazy("Used"),
    "value": gettext_lazy("Value"),
    "version": gettext_lazy("Version of the text"),
    "what": gettext_lazy("What"),
    "when": gettext_lazy("When"),
}

_CHANNELS = {choice.value: choice.label for enum in (Channel, CustomerChannel) for choice in enum}
_PURPOSES = {code: item.title for code, item in ASKED.items()}
# (chapter, field) -> its codes in words; a chapter "" is every other one.
CODES: Mapping[tuple[str, str], Words] = {
    ("", "channel"): _CHANNELS,
    ("", "data"): _PURPOSES,
    ("", "purpose"): _PURPOSES,
    ("", "end_reason"): dict(EndReason.choices),
    ("", "gender"): dict(Gender.choices),
    ("activity", "what"): dict(EventAction.choices),
    ("activity", "reason"): dict(SignInFailure.choices),
    ("approvals", "method"): dict(TwoStepMethod.choices),
    ("approvals", "state"): dict(ChallengeState.choices),
    ("codes", "purpose"): dict(CodePurpose.choices),
    ("decisions", "action"): {action.value: words for action, words in ACTIONS.items()},
    ("decisions", "decided_by"): dict(Actor.choices) | {Actor.SELF: gettext_lazy("You")},
    ("notices", "about"): dict(ProofType.choices),
    ("notices", "what"): dict(NoticeKind.choices),
    ("profile_requests", "state"): dict(ProfileState.choices),
    ("standing", "holds"): dict(Reason.choices),
    ("standing", "last_word"): dict(Status.choices),
    ("ways_to_sign_in", "type"): dict(ProofType.choices),
}
IN_TABLES = {
    "sign_ins",
    "standing",
    "evidence_accesses",
    "profile_requests",
    "codes",
    "approvals",
    "notices",
    "activity",
}
IN_ITS_LANGUAGE = {"title", "text", "consequence"}


@dataclass(frozen=True, slots=True)
class Field:
    """`language` is that of the value, "" for the page's."""

    label: str
    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """`columns` are there when it is printed as a table; then each row has a field for each."""

    name: str
    title: str
    columns: list[str]
    rows: list[list[Field]]


def printed_chapters(copy: Mapping[str, Any]) -> list[Chapter]:
    """The chapters of a copy in their order, in the active language. What is empty is left out of a row, and an app has
    its name for its id."""
    names = {app["client_id"]: app["name"] for app in copy["apps"]}
    return [_chapter(name, [_with_app_named(row, names) for row in copy.get(name, ())]) for name in TITLES]


def _with_app_named(row: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return row | {"app": names.get(row["app"], row["app"])} if row.get("app") else row


def _chapter(name: str, rows: list[dict[str, Any]]) -> Chapter:
    title = str(TITLES[name])
    if name not in IN_TABLES:
        return Chapter(name, title, [], [list(_fields(name, row)) for row in rows])
    known = list(dict.fromkeys(key for row in rows for key, value in row.items() if value not in (None, "", [])))
    table = [[Field(_label(key), _value(name, key, row.get(key))) for key in known] for row in rows]
    return Chapter(name, title, [_label(key) for key in known], table)


def _fields(chapter: str, row: Mapping[str, Any]) -> Iterable[Field]:
    for key, value in row.items():
        if isinstance(value, Mapping) and key != "document":
            yield from _fields(chapter, value)
        elif value not in (None, "", []):
            language = str(row.get("language") or "") if key in IN_ITS_LANGUAGE else ""
            yield Field(_label(key), _value(chapter, key, value), language)


def _label(key: str) -> str:
    return str(FIELDS.get(key, key))


def _value(chapter: str, key: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list) and not any(isinstance(one, Mapping) for one in value):
        return ", ".join(_value(chapter, key, one) for one in value)
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    words = CODES.get((chapter, key)) or CODES.get(("", key), {})
    return str(words[value]) if value in words else _in_words(str(value))


def _in_words(text: str) -> str:
    """A moment or a day as the language writes it; anything else as it is."""
    if MOMENT.match(text) and (moment := parse_datetime(text)) and timezone.is_aware(moment):
        return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
    if DAY.fullmatch(text) and (day := parse_date(text)):
        return date_format(day, "SHORT_DATE_FORMAT")
    return text
