"""What staff sees of a person on one page: the newest rows of each kind, masked, with a way to all of them. What they
may not view is not read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from consents.domain.queries.history import history_for_subject
from consents.domain.queries.timeline import lanes_of
from consents.domain.subjects import find_subject
from freedom_id.admin.links import NOTHING, partner_link
from freedom_id.admin.timeline import timeline
from freedom_id.domain.credentials import list_credentials
from freedom_id.domain.identifiers import mask_email, mask_phone
from freedom_id.domain.queries.sign_in_troubles import sign_in_troubles
from freedom_id.enums import Channel, CredentialType
from freedom_id.models import (
    Account,
    AccountNote,
    Authorization,
    AuthorizationRequest,
    BrowserSignIn,
    Device,
    ErasureRequest,
    Notice,
    OneTimeCode,
    PartnerClient,
    ProfileRequest,
)

NEWEST = 20
DRAWN = 300
Cell = str | SafeString | Promise


@dataclass(frozen=True)
class Button:
    """Posts the row to an action of its list."""

    address: str
    action: str
    label: str | Promise
    row: Any


@dataclass(frozen=True)
class Line:
    cells: Sequence[Cell]
    button: Button | None = None


@dataclass(frozen=True)
class Section:
    """`drawing` shows more of the rows than the lines do, `more` says how many lines are left out, `all_of_them` is the
    address of the whole list; each is "" where there is none."""

    key: str
    title: str | Promise
    columns: Sequence[str | Promise]
    lines: list[Line] = field(default_factory=list)
    all_of_them: str = ""
    drawing: str = ""
    more: str = ""


def sections_of(request: HttpRequest, account: Account) -> list[Section]:
    """The sections that this member of staff may see, in the order in which support asks; a query or two each."""
    return [make(request, account) for right, make in SECTIONS if request.user.has_perm(right)]


def _troubles(request: HttpRequest, account: Account) -> Section:
    may_explain = request.user.has_perm("freedom_id.view_authorizationrequest")
    lines = [
        Line(
            [
                moment(one.when),
                one.said,
                one.ip or NOTHING,
                _link("authorizationrequest", one.track_id, _("Explain")) if one.track_id and may_explain else NOTHING,
            ]
        )
        for one in sign_in_troubles(account, number=NEWEST)
    ]
    columns = [_("When"), _("Why"), _("Address"), _("Request")]
    return Section("troubles", _("Failed sign-ins"), columns, lines, _list("accountevent", account))


def _notes(_request: HttpRequest, account: Account) -> Section:
    rows = AccountNote.objects.filter(account=account).order_by("-written_at")[:NEWEST]
    lines = [Line([moment(row.written_at), f"SSOID {row.author_id}", _note(row.text)]) for row in rows]
    columns = [_("When"), _("Member of staff"), _("Note")]
    return Section("notes", _("Notes"), columns, lines, _list("accountnote", account))


def _devices(request: HttpRequest, account: Account) -> Section:
    rows = Device.objects.filter(account=account).select_related("client").defer("push_token", "client__logo")
    may = request.user.has_perm("freedom_id.logout_account")
    lines = []
    for row in rows.order_by("-last_seen")[:NEWEST]:
        state = _("Signed out") if row.signed_out_at else _("Signed in")
        trusted = _("Trusted") if row.trusted_at else NOTHING
        cells = [moment(row.last_seen), _link("device", row.pk, str(row)), row.last_ip or NOTHING, state, trusted]
        lines.append(Line(cells, _button("device", "sign_out", _("Sign out"), row) if may else None))
    columns = [_("Last seen"), _("Device"), _("Network"), _("State"), _("Trust")]
    return Section("devices", _("Devices"), columns, lines, _list("device", account))


def _sessions(_request: HttpRequest, account: Account) -> Section:
    rows = BrowserSignIn.objects.filter(device__account=account).select_related("device").defer("device__push_token")
    lines = [
        Line(
            [
                moment(row.started_at),
                str(row.device),
                ", ".join(row.amr) or NOTHING,
                moment(row.stepped_up_at),
                moment(row.ended_at),
            ]
        )
        for row in rows.order_by("-started_at")[:NEWEST]
    ]
    columns = [_("Since"), _("Device"), _("Proven by"), _("Second proof"), _("Ended")]
    return Section("sessions", _("Sessions"), columns, lines, _list("browsersignin", account))


def _ways(_request: HttpRequest, account: Account) -> Section:
    """Numbers and addresses stand above, in the form."""
    contacts = {type_.value for type_ in CredentialType}
    lines = [
        Line([row.type.label, row.masked or NOTHING, moment(row.verified_at)])
        for row in list_credentials(account)
        if row.type.value not in contacts
    ]
    return Section("ways", _("Other ways to sign in"), [_("Type"), _("Value"), _("Proven")], lines[:NEWEST])


def _apps(_request: HttpRequest, account: Account) -> Section:
    rows = Authorization.objects.filter(account=account).select_related("client").defer("client__logo")
    lines = [
        Line(
            [
                _link("authorization", row.pk, moment(row.created_at)),
                row.client.name,
                ", ".join(code.removeprefix("read.") for code in row.grants) or NOTHING,
                moment(row.ended_at),
                row.get_end_reason_display() or NOTHING,
            ]
        )
        for row in rows.order_by("-created_at")[:NEWEST]
    ]
    columns = [_("Since"), _("Partner"), _("Data"), _("Ended"), _("Why it ended")]
    return Section("apps", _("Apps"), columns, lines, _list("authorization", account))


def _consents(_request: HttpRequest, account: Account) -> Section:
    subject = find_subject(account.pk)
    rows = list(history_for_subject(subject)[:DRAWN]) if subject else []
    named = PartnerClient.objects.filter(client_id__in={row.scope_key for row in rows})
    names = dict(named.values_list("client_id", "name"))
    lines = [
        Line(
            [
                moment(row.occurred_at),
                _row("consents_consenttransaction", row.pk, row.get_action_display()),
                f"{row.purpose.name} v{row.purpose_version.number}",
                names.get(row.scope_key, row.scope_key) or NOTHING,
                row.get_actor_display(),
                moment(row.expires_at),
            ]
        )
        for row in rows[:NEWEST]
    ]
    columns = [_("Said"), _("Action"), _("Purpose"), _("Partner"), _("By"), _("Ends")]
    whole = reverse("admin:consents_subject_change", args=[subject.pk]) if subject else ""
    now = timezone.now()
    drawing = timeline("consents", _("Consents over time"), lanes_of(rows, now), names, now)
    return Section("consents", _("Consents, newest first"), columns, lines, whole, drawing, _more(len(rows)))


def _more(number: int) -> str:
    """Of decisions, of which at most DRAWN were read."""
    words = _("and at least %(n)d more") if number == DRAWN else _("and %(n)d more")
    return words % {"n": number - NEWEST} if number > NEWEST else ""


def _requests(_request: HttpRequest, account: Account) -> Section:
    rows = AuthorizationRequest.objects.filter(account=account).select_related("client").defer("client__logo")
    lines = [
        Line(
            [
                moment(row.created_at),
                row.client.name,
                row.get_outcome_display() or _("Not decided"),
                _link("authorizationrequest", row.pk, _("Explain")),
            ]
        )
        for row in rows.defer("login_hint").order_by("-created_at")[:NEWEST]
    ]
    columns = [_("When"), _("Partner"), _("Outcome"), _("Request")]
    return Section("requests", _("Requests of partners, of a week"), columns, lines)


def _profiles(_request: HttpRequest, account: Account) -> Section:
    rows = ProfileRequest.objects.filter(authorization__account=account).select_related("authorization__client")
    lines = [
        Line(
            [
                _link("profilerequest", row.pk, moment(row.created_at)),
                partner_link(row.authorization.client_id, row.authorization.client.name),
                row.get_state_display(),
                row.reason or NOTHING,
                moment(row.finished_at),
            ]
        )
        for row in rows.defer("parcel", "authorization__client__logo").order_by("-created_at")[:NEWEST]
    ]
    columns = [_("Asked"), _("Partner"), _("State"), _("Why"), _("Finished")]
    return Section("profiles", _("Profile requests"), columns, lines)


def _codes(_request: HttpRequest, account: Account) -> Section:
    rows = OneTimeCode.objects.filter(account=account).order_by("-created_at")[:NEWEST]
    lines = [
        Line(
            [
                _link("onetimecode", row.pk, moment(row.created_at)),
                row.get_purpose_display(),
                _masked(row),
                _delivery(row),
                moment(row.consumed_at),
            ]
        )
        for row in rows
    ]
    columns = [_("Asked"), _("Purpose"), _("Sent to"), _("Delivery"), _("Used")]
    return Section("codes", _("Codes"), columns, lines, _list("onetimecode", account))


def _messages(_request: HttpRequest, account: Account) -> Section:
    rows = Notice.objects.filter(account=account).order_by("-created_at")[:NEWEST]
    lines = [
        Line(
            [
                _link("notice", row.pk, moment(row.created_at)),
                row.get_kind_display(),
                _masked(row),
                moment(row.sent_at) if row.sent_at else _("Not sent"),
            ],
        )
        for row in rows
    ]
    columns = [_("Written"), _("Message"), _("Sent to"), _("Sent")]
    return Section("messages", _("Messages"), columns, lines, _list("notice", account))


def _erasures(_request: HttpRequest, account: Account) -> Section:
    rows = ErasureRequest.objects.filter(account=account).order_by("-asked_at")[:NEWEST]
    lines = [
        Line([_link("erasurerequest", row.pk, moment(row.asked_at)), row.get_state_display(), row.reason])
        for row in rows
    ]
    return Section("erasures", _("Requests to erase"), [_("Asked"), _("State"), _("Reason")], lines)


SECTIONS: list[tuple[str, Callable[[HttpRequest, Account], Section]]] = [
    ("freedom_id.view_accountevent", _troubles),
    ("freedom_id.view_accountnote", _notes),
    ("freedom_id.view_onetimecode", _codes),
    ("freedom_id.view_notice", _messages),
    ("freedom_id.view_authenticator", _ways),
    ("freedom_id.view_device", _devices),
    ("freedom_id.view_browsersignin", _sessions),
    ("freedom_id.view_authorization", _apps),
    ("consents.view_consenttransaction", _consents),
    ("freedom_id.view_authorizationrequest", _requests),
    ("freedom_id.view_profilerequest", _profiles),
    ("freedom_id.view_erasurerequest", _erasures),
]


def moment(when: datetime | None) -> str:
    return date_format(timezone.localtime(when), "SHORT_DATETIME_FORMAT") if when else NOTHING


def _masked(message: OneTimeCode | Notice) -> str:
    return mask_phone(message.address) if message.channel == Channel.SMS else mask_email(message.address)


def _delivery(code: OneTimeCode) -> Cell:
    if code.undelivered_at:
        return _("Not delivered")
    if code.delivered_at:
        return _("Delivered")
    return _("Handed over") if code.sent_at else _("Not sent")


def _note(text: str) -> SafeString:
    return format_html('<div class="note">{}</div>', text)


def _button(model: str, action: str, label: str | Promise, row: Any) -> Button:
    return Button(reverse(f"admin:freedom_id_{model}_changelist"), action, label, row.pk)


def _list(model: str, account: Account) -> str:
    return f"{reverse(f'admin:freedom_id_{model}_changelist')}?q={account.pk}"


def _link(model: str, key: Any, text: Any) -> SafeString:
    return _row(f"freedom_id_{model}", key, text)


def _row(admin: str, key: Any, text: Any) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{admin}_change", args=[key]), text)
