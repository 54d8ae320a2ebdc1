"""Whatever staff does or reads in the admin is an entry of the audit, whichever admin it is."""

import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consents.models import ConsentTransaction, Evidence, Receipt
from freedom_id.domain.audit import ADMINISTRATOR
from freedom_id.domain.audit_verification import verify_audit_chain
from freedom_id.domain.client_secrets import rotate_secret
from freedom_id.domain.client_status import suspend_client
from freedom_id.domain.partner_applications import accept_application, ask_to_go_live
from freedom_id.domain.staff_exports import link_mark, write_export
from freedom_id.enums import AccountStatus, AuditAction, EventAction
from freedom_id.models import (
    Account,
    AccountErasure,
    AccountEvent,
    Allowance,
    AuditEntry,
    Authenticator,
    BackchannelLogout,
    BridgePolicy,
    BrowserSignIn,
    BulkAct,
    Device,
    ErasureRequest,
    FactorRecovery,
    Notice,
    OneTimeCode,
    PartnerApplication,
    PartnerClient,
    PersonalCopy,
    ProfileRequest,
    RevokeCallback,
    StaffExport,
)
from identity_portal.staff.acts import ACTS, KEPT
from tests.consents.acts import CLIENT
from tests.factories.applications import in_review
from tests.identity_portal.staff.stage import Stage, acts_of, admins, browser_of, member, stage

pytestmark = pytest.mark.django_db
Response = Any
SHOWS_NOBODY = {"collectionpoint.preview_view", "notice.letter", "notice.previews", "reports.index", "reports.report"}
SHOWS_NOBODY |= {"partnerclient.usage"}


@pytest.fixture
def scene() -> Stage:
    return stage()


@pytest.fixture
def chief() -> Account:
    return member(ADMINISTRATOR)


@pytest.fixture
def root(chief: Account) -> Client:
    return browser_of(chief)


def page(kind: str, row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{kind}", args=[row.pk])


def list_of(model: type) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def action(name: str, *, before: Callable[[Stage], Any] = lambda _scene: None, model: type | None = None, **data: str):
    """Tick a row of the list and choose the action."""

    def drive(scene: Stage, root: Client) -> Response:
        before(scene)
        row = scene.row(model or PartnerClient)
        return root.post(list_of(type(row)), {"action": name, "_selected_action": row.pk, **data})

    return drive


def press(kind: str, name: str, **data: str):
    """Press a button on the page of a purpose or a version."""

    def drive(scene: Stage, root: Client) -> Response:
        row = getattr(scene, kind)
        return root.post(f"/admin/consents/{row._meta.model_name}/{row.pk}/act/{name}/", data)

    return drive


def block_first(scene: Stage) -> None:
    Account.objects.filter(pk=scene.connection.account.pk).update(status=AccountStatus.BLOCKED)


def show_secret(scene: Stage, root: Client) -> Response:
    root.post(
        list_of(PartnerClient),
        {"action": "new_secret", "_selected_action": scene.connection.client.pk, "confirmed": "1"},
    )
    return root.get(page("secret", scene.connection.client))


def set_password(scene: Stage, root: Client) -> Response:
    password = "an entirely new one 7"
    address = reverse("admin:auth_user_password_change", args=[scene.connection.account.pk])
    return root.post(address, {"password1": password, "password2": password, "usable_password": "true"})


def hold(scene: Stage, root: Client) -> Response:
    return root.post(f"/admin/consents/subject/{scene.subject.pk}/hold/", {"reason": "case 5"})


def enter(scene: Stage, root: Client) -> Response:
    address = f"/admin/consents/subject/{scene.subject.pk}/record/?point={scene.point.pk}&locale=en"
    text = root.get(address).content.decode()
    hidden = dict(re.findall(r'name="((?:words-|form_id)[^"]*)" value="([^"]*)"', text))
    said = timezone.localtime().strftime("%Y-%m-%dT00:00")
    return root.post(address, {**hidden, "occurred_at": said, "reason": "form 7-114", "answer-calls": "allow"})


def withdraw(scene: Stage, root: Client) -> Response:
    address = f"/admin/consents/subject/{scene.subject.pk}/withdraw/?client={CLIENT}"
    return root.post(address, {"purposes": "calls", "reason": "letter 3"})


def export(name: str, *args: str):
    def drive(scene: Stage, root: Client) -> Response:
        answer = root.post(reverse(f"admin:consents_reports_{name}", args=args), {})
        b"".join(answer)
        return answer

    return drive


def export_audit(scene: Stage, root: Client) -> Response:
    return root.post(reverse("admin:freedom_id_auditentry_export"))


def queued(act: str, model: type):
    """Act on a row that stands where the act is for."""
    return action(act, model=model, confirmed="1", before=lambda _scene: stand_for(model, act))


def stand_for(model: type, act: str) -> None:
    over, now = act == "replay", timezone.now()
    ended = now if over else None
    columns: dict[type, dict[str, Any]] = {
        ProfileRequest: {
            "state": "failed" if over else "accepted",
            "parcel": None,
            "finished_at": ended,
        },
        Notice: {"sent_at": ended, "cancelled_at": None},
        OneTimeCode: {"sent_at": None, "retired_at": None, "consumed_at": None, "expires_at": now + timedelta(days=1)},
        AccountErasure: {
            "state": "given_up" if over else "waiting",
            "last_error": "TimeoutError",
            "finished_at": ended,
            **dict.fromkeys(("not_before", "due_at"), now),
        },
        PersonalCopy: {"state": "failed" if over else "waiting", "content": None},
    }
    callback = {"state": "dead" if over else "queued", "finished_at": ended}
    chosen = model.objects.filter(pk=model.objects.first().pk)
    chosen.update(**columns.get(model, callback))


def act_on_all(model: type):
    def drive(scene: Stage, root: Client) -> Response:
        return root.post(reverse(f"admin:freedom_id_{model._meta.model_name}_act_on_all", args=["retry"]))

    return drive


def ask_export(scene: Stage, root: Client) -> Response:
    return root.post(reverse("admin:freedom_id_staffexport_ask"), {"kind": "partners", "form": "csv"})


def download(scene: Stage, root: Client) -> Response:
    ask_export(scene, root)
    export = StaffExport.objects.latest("asked_at")
    write_export(str(export.pk))
    export.refresh_from_db()
    address = reverse("admin:freedom_id_staffexport_file", args=[export.pk])
    return root.get(address, {"mark": link_mark(export)})


def call_off(scene: Stage, root: Client) -> Response:
    root.post(reverse("admin:freedom_id_notice_act_on_all", args=["retry"]))
    asked = BulkAct.objects.latest("requested_at")
    return root.post(list_of(BulkAct), {"action": "call_off", "_selected_action": asked.pk})


def accepted(application: PartnerApplication) -> None:
    accept_application(application, by=member("Partner manager"))


def asked_to_go_live(application: PartnerApplication) -> None:
    accepted(application)
    ask_to_go_live(application, by=member("Partner manager"))


def apply(name: str, *, before: Callable[[PartnerApplication], Any] = lambda _one: None, **data: str):
    """Each act on an application of its own."""

    def drive(_scene: Stage, root: Client) -> Response:
        application = in_review()
        before(application)
        chosen = {"action": name, "_selected_action": str(application.pk), "confirmed": "yes"}
        return root.post(list_of(PartnerApplication), chosen | data)

    return drive


SURE = {"confirmed": "yes", "reason": "case 5"}


def own(name: str, **data: str):
    """An address of the account's page."""
    return lambda scene, root: root.post(page(name, scene.connection.account), data)


def add_app(scene: Stage) -> None:
    """Nobody waits for its removal yet."""
    FactorRecovery.objects.all().delete()
    Authenticator.objects.filter(account=scene.connection.account, type="totp").update(verified_at=timezone.now())


def by_another(scene: Stage) -> None:
    """The one that waits was asked by somebody else."""
    ErasureRequest.objects.update(asked_by=member("Privacy officer"))


DRIVEN = {
    "account.block": action("block", model=Account, **SURE),
    "account.unblock": action("unblock", model=Account, before=block_first, **SURE),
    "account.sign_out": action("sign_out", model=Account, **SURE),
    "account.remove_app": action("remove_app", model=Account, before=add_app, **SURE),
    "account.ask_copy": action("ask_copy", model=Account, **SURE),
    "account.ask_erasure": action(
        "ask_erasure", model=Account, before=lambda _scene: ErasureRequest.objects.all().delete(), **SURE
    ),
    "account.note_view": own("note", text="She moved to another operator."),
    "account.unmask_view": own("unmask", what="name", reason="case 5"),
    "device.sign_out": action("sign_out", model=Device, **SURE),
    "erasurerequest.approve": action("approve", model=ErasureRequest, before=by_another, **SURE),
    "erasurerequest.dismiss": action("dismiss", model=ErasureRequest, **SURE),
    "account.user_change_password": set_password,
    "auditentry.export": export_audit,
    "partnerapplication.accept": apply("accept"),
    "partnerapplication.ask_for_changes": apply("ask_for_changes", text="Why?"),
    "partnerapplication.ask_to_go_live": apply("ask_to_go_live", before=accepted),
    "partnerapplication.go_live": apply("go_live", before=asked_to_go_live),
    "partnerapplication.keep_in_sandbox": apply("keep_in_sandbox", before=asked_to_go_live),
    "partnerapplication.note": apply("note", text="Talked to them."),
    "partnerapplication.refuse": apply("refuse", text="No."),
    "partnerapplication.send_secret_link": apply("send_secret_link", before=accepted),
    "partnerclient.close": action("close", confirmed="1"),
    "partnerclient.end_former_secret": action(
        "end_former_secret", before=lambda s: rotate_secret(s.connection.client), confirmed="1"
    ),
    "partnerclient.new_secret": action("new_secret", confirmed="1"),
    "partnerclient.resume": action("resume", before=lambda s: suspend_client(s.connection.client)),
    "partnerclient.secret_view": show_secret,
    "partnerclient.suspend": action("suspend"),
    "purpose.keep": press("purpose", "keep"),
    "purpose.new-version": press("purpose", "new-version"),
    "purpose.retire": press("purpose", "retire", at="2999-01-01T00:00"),
    "purposeversion.copy": press("in_review", "copy"),
    "purposeversion.publish": press("in_review", "publish"),
    "purposeversion.send-back": press("in_review", "send-back"),
    "purposeversion.submit": press("draft", "submit", until_withdrawn="on"),
    "reports.export_ledger": export("export_ledger", "csv"),
    "reports.export_report": export("export", "ledger", "csv"),
    "subject.hold": hold,
    "subject.record": enter,
    "subject.withdraw": withdraw,
    # The work queues
    "accounterasure.retry": queued("retry", AccountErasure),
    "accounterasure.replay": queued("replay", AccountErasure),
    "accounterasure.act_on_all": act_on_all(AccountErasure),
    "backchannellogout.retry": queued("retry", BackchannelLogout),
    "backchannellogout.cancel": queued("cancel", BackchannelLogout),
    "backchannellogout.replay": queued("replay", BackchannelLogout),
    "backchannellogout.act_on_all": act_on_all(BackchannelLogout),
    "notice.retry": queued("retry", Notice),
    "notice.cancel": queued("cancel", Notice),
    "notice.replay": queued("replay", Notice),
    "notice.act_on_all": act_on_all(Notice),
    "onetimecode.retry": queued("retry", OneTimeCode),
    "onetimecode.cancel": queued("cancel", OneTimeCode),
    "onetimecode.act_on_all": act_on_all(OneTimeCode),
    "personalcopy.retry": queued("retry", PersonalCopy),
    "personalcopy.cancel": queued("cancel", PersonalCopy),
    "personalcopy.replay": queued("replay", PersonalCopy),
    "personalcopy.act_on_all": act_on_all(PersonalCopy),
    "profilerequest.retry": queued("retry", ProfileRequest),
    "profilerequest.cancel": queued("cancel", ProfileRequest),
    "profilerequest.replay": queued("replay", ProfileRequest),
    "profilerequest.act_on_all": act_on_all(ProfileRequest),
    "revokecallback.retry": queued("retry", RevokeCallback),
    "revokecallback.cancel": queued("cancel", RevokeCallback),
    "revokecallback.replay": queued("replay", RevokeCallback),
    "revokecallback.act_on_all": act_on_all(RevokeCallback),
    "bulkact.call_off": call_off,
    "staffexport.ask": ask_export,
    "staffexport.file": download,
}


def test_every_action_button_and_address_of_ours_is_tried_here() -> None:
    """Add the act to ACTS in identity_portal/staff/acts.py, and try it here."""
    there = set().union(*(acts_of(owner) for owner in admins()))
    assert there - SHOWS_NOBODY == set(DRIVEN)
    assert set(ACTS) - {"evidence.change_view"} == set(DRIVEN)


def test_every_act_writes_its_entry(scene: Stage, chief: Account) -> None:
    silent = []
    for name, drive in DRIVEN.items():
        with transaction.atomic():
            former = set(AuditEntry.objects.values_list("pk", flat=True))
            answer = drive(scene, browser_of(chief))
            new = AuditEntry.objects.exclude(pk__in=former).filter(action=ACTS[name], actor=chief)
            good = answer.status_code in {200, 302} and new.exists()
            assert all(entry.roles == [ADMINISTRATOR] for entry in new)
            silent += [] if good else [(name, answer.status_code)]
            transaction.set_rollback(True)
    assert silent == []


def test_no_act_and_no_page_signs_in_as_somebody_else(scene: Stage, chief: Account) -> None:
    """There is no impersonation: who was signed in is so afterwards, and nobody else came to be."""
    others = BrowserSignIn.objects.exclude(device__account=chief)
    sign_ins = set(others.values_list("pk", flat=True))
    for name, drive in DRIVEN.items():
        browser = browser_of(chief)
        drive(scene, browser)
        assert browser.session["_auth_user_id"] == str(chief.pk), name
    assert set(others.values_list("pk", flat=True)) <= sign_ins
    assert not AccountEvent.objects.filter(action=EventAction.SIGNED_IN).exclude(account=chief).exists()


def entry_of(act: AuditAction) -> AuditEntry:
    return AuditEntry.objects.get(action=act)


def test_an_entry_holds_what_changed_about_whom_and_why(scene: Stage, root: Client, chief: Account) -> None:
    account = scene.connection.account
    DRIVEN["account.block"](scene, root)
    blocked = entry_of(AuditAction.BLOCKED)
    assert (blocked.actor, blocked.account, blocked.object_key) == (chief, account, str(account.pk))
    assert (blocked.before, blocked.after) == ({"status": "active"}, {"status": "blocked"})
    assert (blocked.ip, blocked.object_type) == ("127.0.0.1", "freedom_id.account")
    assert re.fullmatch(r"[0-9a-f]{32}|-", blocked.request_id)
    hold(scene, root)
    held = entry_of(AuditAction.HELD)
    assert (held.reason, held.account, held.after) == ("case 5", account, {"legal_hold": "case 5"})


def test_who_gets_rights_is_kept_with_the_names_of_the_roles(scene: Stage, root: Client) -> None:
    clerk = member("Support")
    groups = [group.pk for group in clerk.groups.all()]
    root.post(page("change", clerk), {"is_staff": "on", "is_superuser": "on", "groups": groups, **no_inlines()})
    assert entry_of(AuditAction.CHANGED).after == {"is_superuser": True}
    root.post(page("change", clerk), {"is_staff": "on", **no_inlines()})
    newest = AuditEntry.objects.filter(action=AuditAction.CHANGED).latest("number")
    assert newest.before == {"is_superuser": True, "groups": ["Support"]}
    assert newest.after == {"is_superuser": False, "groups": []}


def no_inlines() -> dict[str, str]:
    return {"credentials-TOTAL_FORMS": "0", "credentials-INITIAL_FORMS": "0"}


def test_what_django_adds_and_deletes_is_kept_too(scene: Stage, root: Client) -> None:
    pair = BridgePolicy.objects.all()[0]
    root.post(list_of(BridgePolicy), {"action": "delete_selected", "_selected_action": pair.pk, "post": "yes"})
    deleted = entry_of(AuditAction.DELETED)
    assert deleted.before == {"caller_id": pair.caller_id, "audience_id": pair.audience_id}
    root.post(reverse("admin:freedom_id_bridgepolicy_add"), {"caller": pair.caller_id, "audience": pair.audience_id})
    assert entry_of(AuditAction.ADDED).after == deleted.before
    keys = list(Allowance.objects.values_list("pk", flat=True)[:2])
    root.post(list_of(Allowance), {"action": "delete_selected", "_selected_action": keys, "post": "yes"})
    assert not Allowance.objects.filter(pk__in=keys).exists()
    lifted = AuditEntry.objects.filter(action=AuditAction.DELETED, object_type="freedom_id.allowance")
    assert sorted(lifted.values_list("object_key", flat=True)) == sorted(map(str, keys))


def test_what_is_refused_writes_nothing(scene: Stage, root: Client, chief: Account) -> None:
    root.post(list_of(Account), {"action": "block", "_selected_action": chief.pk, **SURE})
    root.post(list_of(Account), {"action": "block", "_selected_action": scene.connection.account.pk})
    root.post(list_of(Account), {"action": "block", "_selected_action": scene.connection.account.pk, "confirmed": "1"})
    root.post(list_of(PartnerClient), {"action": "close", "_selected_action": scene.connection.client.pk})
    press("draft", "publish")(scene, root)
    press("purpose", "retire", at="x")(scene, root)
    for odd in ("x", "9" * 40, "\x00", ""):
        root.post(list_of(Account), {"action": "block", "_selected_action": odd})
        root.post(list_of(PartnerClient), {"action": ["", "close"], "index": "7", "_selected_action": odd})
    assert not AuditEntry.objects.exists()


def test_evidence_that_was_opened_is_kept_with_the_reason_and_the_person_sees_it(scene: Stage, root: Client) -> None:
    evidence = Evidence.objects.get(subject=scene.subject)
    root.post(page("change", evidence), {"open": "yes", "reason": "complaint 17"})
    opened = entry_of(AuditAction.EVIDENCE_OPENED)
    assert (opened.reason, opened.account) == ("complaint 17", scene.connection.account)
    text = browser_of(scene.connection.account).get("/me/activity/").content.decode()
    assert "Staff of Freedom ID looked at your data: complaint 17" in text


@pytest.mark.parametrize("kind", ["change", "history"])
def test_a_page_about_a_person_is_an_entry_and_the_person_sees_that_staff_looked(
    kind: str, scene: Stage, root: Client, chief: Account
) -> None:
    account = scene.connection.account
    for row in (
        account,
        Device.objects.filter(account=account)[0],
        scene.subject,
        Receipt.objects.filter(subject=scene.subject)[0],
    ):
        root.get(page(kind, row))
        read = AuditEntry.objects.latest("number")
        assert (read.action, read.account, read.object_key) == (AuditAction.READ, account, str(row.pk))
    text = browser_of(account).get("/me/activity/").content.decode()
    assert text.count("Staff of Freedom ID looked at your data") == 4
    assert str(chief.pk) not in text


def test_lists_partners_and_ones_own_page_are_no_looks_at_a_person(scene: Stage, root: Client, chief: Account) -> None:
    for address in (list_of(Account), page("change", scene.connection.client), page("change", chief)):
        assert root.get(address).status_code == 200
    assert not AuditEntry.objects.exists()


def test_an_act_and_its_entry_stand_or_fall_together(scene: Stage, root: Client) -> None:
    last = {"number": 2**63 - 1, "recorded_at": timezone.now(), "action": AuditAction.READ, "request_id": "-"}
    AuditEntry.objects.create(**last)
    with pytest.raises((OverflowError, DatabaseError)):
        DRIVEN["account.block"](scene, root)
    assert Account.objects.get(pk=scene.connection.account.pk).status == AccountStatus.ACTIVE


def test_nothing_sealed_and_nothing_secret_comes_into_the_audit(scene: Stage, chief: Account) -> None:
    for drive in DRIVEN.values():
        drive(scene, browser_of(chief))
    kept = str(list(AuditEntry.objects.values()))
    assert [what for what, value in scene.connection.hidden.items() if value in kept] == []
    assert not {"firstname", "client_secret", "callback_key", "password"} & {
        n for names in KEPT.values() for n in names
    }
    assert verify_audit_chain().number == AuditEntry.objects.count()


def test_the_audit_is_exported_with_its_length_and_digest_and_safe_for_spreadsheets(
    scene: Stage, root: Client, chief: Account
) -> None:
    root.post(f"/admin/consents/subject/{scene.subject.pk}/hold/", {"reason": "=1+1"})
    DRIVEN["account.block"](scene, root)
    root.post(f"{reverse('admin:freedom_id_auditentry_export')}?action__exact=person%3Ahold&o=-1")
    export = StaffExport.objects.latest("asked_at")
    write_export(str(export.pk))
    export.refresh_from_db()
    address = reverse("admin:freedom_id_staffexport_file", args=[export.pk])
    content = b"".join(root.get(address, {"mark": link_mark(export)}).streaming_content)
    head, line = content.decode().splitlines()
    assert head.startswith("number,recorded_at,actor_id")
    assert "'=1+1" in line
    begun, done = AuditEntry.objects.filter(action=AuditAction.EXPORTED).order_by("number")
    assert (begun.after, begun.actor) == ({"chosen": {"action__exact": "person:hold"}}, chief)
    assert done.after == {"rows": 1, "bytes": len(content), "sha256": sha256(content).hexdigest()}


def test_the_table_of_a_report_is_kept_for_who_asked_with_its_length_and_digest(
    scene: Stage, root: Client, chief: Account
) -> None:
    chosen = {"since": "2026-01-01", "until": "2027-06-30", "purpose": "calls"}
    answer = root.post(reverse("admin:consents_reports_export", args=["ledger", "csv"]), chosen)
    export = StaffExport.objects.latest("asked_at")
    assert answer.headers["Location"] == page("change", export)
    assert (export.kind, export.asked_by, export.chosen) == ("report", chief, {"report": "ledger", **chosen})
    address = reverse("admin:freedom_id_staffexport_file", args=[export.pk])
    taken = root.get(address, {"mark": link_mark(export)})
    content = b"".join(taken.streaming_content)
    assert content.startswith(b"action,")
    assert f'"report-ledger-{export.asked_at:%Y%m%d-%H%M%S}.csv"' in taken["Content-Disposition"]
    kept = {"rows": content.count(b"\r\n") - 1, "bytes": len(content), "sha256": sha256(content).hexdigest()}
    entry = AuditEntry.objects.get(action=AuditAction.EXPORTED)
    assert (entry.object_key, entry.actor, entry.after) == (str(export.pk), chief, {"chosen": export.chosen, **kept})
    assert entry_of(AuditAction.DOWNLOADED).object_key == str(export.pk)


def test_the_ledger_of_the_reports_is_a_file_of_the_worker_narrowed_as_chosen(scene: Stage, root: Client) -> None:
    chosen = {"since": "2026-01-01", "until": "2027-06-30", "purpose": "calls", "client": CLIENT}
    assert "The worker writes the file" in root.get(reverse("admin:consents_reports_changelist")).content.decode()
    answer = root.post(reverse("admin:consents_reports_export_ledger", args=["csv"]), chosen)
    export = StaffExport.objects.latest("asked_at")
    assert answer.headers["Location"] == page("change", export)
    assert (export.kind, export.form, export.chosen) == ("ledger", "csv", chosen)
    write_export(str(export.pk))
    wanted = ConsentTransaction.objects.filter(purpose__name="calls", scope_key=CLIENT)
    assert StaffExport.objects.get(pk=export.pk).row_count == wanted.count()
    assert 0 < wanted.count() < ConsentTransaction.objects.count()


@pytest.mark.parametrize(
    "query",
    ["", "q=10000001", "q=createpartner", "action__exact=read", "recorded_at__year=2026", "q=%00", "q=x", "o=99.x"],
)
def test_the_audit_is_searched(query: str, scene: Stage, root: Client) -> None:
    DRIVEN["account.block"](scene, root)
    assert root.get(f"{list_of(AuditEntry)}?{query}", follow=True).status_code in {200, 400}


def test_an_entry_is_found_by_the_person_and_by_the_member_of_staff(scene: Stage, root: Client, chief: Account) -> None:
    DRIVEN["account.block"](scene, root)
    for text in (str(chief.pk), str(scene.connection.account.pk), "1"):
        assert root.get(list_of(AuditEntry), {"q": text}).context["cl"].result_count == 1


def test_leaving_the_admin_is_leaving_and_an_entry(root: Client, chief: Account) -> None:
    assert root.get("/admin/logout/").status_code == 405
    assert root.post("/admin/logout/").status_code == 302
    assert entry_of(AuditAction.STAFF_SIGNED_OUT).actor == chief
    assert root.get("/admin/").status_code == 302


def test_staff_changes_its_password_where_everybody_does(root: Client) -> None:
    assert root.get("/admin/password_change/").headers["Location"] == reverse("freedom_id:security")
