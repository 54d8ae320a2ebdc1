"""Who may do what: every page, address and action of the admin, tried as every role."""

import re
from collections.abc import Iterator
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Group, Permission
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import RequestFactory
from django.urls import resolve, reverse

from freedom_id.domain.audit import ADMINISTRATOR, By, Target, record
from freedom_id.domain.audit_verification import make_checkpoint
from freedom_id.enums import AuditAction
from freedom_id.models import Account, AuditEntry, StaffExport
from identity_portal.staff.acts import way_to_person
from identity_portal.staff.roles import RIGHTS, ROLES, permission, permissions_of
from tests.factories.staff import session_of
from tests.identity_portal.staff.stage import OURS, Stage, admins, browser_of, member, own_views, stage

pytestmark = pytest.mark.django_db
SURE = {"confirmed": "yes", "reason": "case 5"}
DOCUMENT = Path(__file__).parents[3] / "docs" / "roles.md"

# Which right each address beside Django's five needs, and each action or button.
NEEDS = {
    "account.user_change_password": "administrator",
    "account.block": "block",
    "account.unblock": "block",
    "account.sign_out": "logout",
    "account.remove_app": "recover",
    "account.ask_copy": "copy",
    "account.ask_erasure": "erase",
    "account.note_view": "annotate",
    "account.unmask_view": "unmask",
    "device.sign_out": "logout_account",
    "erasurerequest.approve": "erase_account",
    "erasurerequest.dismiss": "erase_account",
    "auditentry.export": "export",
    "collectionpoint.preview_view": "view",
    "notice.letter": "view",
    "notice.previews": "view",
    "partnerapplication.note": "review",
    "partnerapplication.ask_for_changes": "review",
    "partnerapplication.refuse": "review",
    "partnerapplication.accept": "review",
    "partnerapplication.ask_to_go_live": "release",
    "partnerapplication.keep_in_sandbox": "release",
    "partnerapplication.go_live": "release",
    "partnerapplication.send_secret_link": "release",
    "partnerclient.secret_view": "rotate",
    "partnerclient.usage": "usage",
    "partnerclient.new_secret": "rotate",
    "partnerclient.end_former_secret": "rotate",
    "partnerclient.suspend": "suspend",
    "partnerclient.resume": "suspend",
    "partnerclient.close": "close",
    "purpose.new-version": "change",
    "purpose.retire": "change",
    "purpose.keep": "change",
    "purposeversion.submit": "change",
    "purposeversion.send-back": "change",
    "purposeversion.publish": "change",
    "purposeversion.copy": "change",
    "reports.index": "view_dailycount",
    "reports.report": "view_dailycount",
    "reports.export_ledger": "export_reports",
    "reports.export_report": "export_reports",
    "subject.record": "decide_on_behalf",
    "subject.withdraw": "decide_on_behalf",
    "subject.hold": "hold",
    # The work queues
    "accounterasure.retry": "change",
    "accounterasure.replay": "change",
    "accounterasure.act_on_all": "change",
    "backchannellogout.retry": "change",
    "backchannellogout.cancel": "change",
    "backchannellogout.replay": "change",
    "backchannellogout.act_on_all": "change",
    "notice.retry": "change",
    "notice.cancel": "change",
    "notice.replay": "change",
    "notice.act_on_all": "change",
    "onetimecode.retry": "change",
    "onetimecode.cancel": "change",
    "onetimecode.act_on_all": "change",
    "personalcopy.retry": "change",
    "personalcopy.cancel": "change",
    "personalcopy.replay": "change",
    "personalcopy.act_on_all": "change",
    "profilerequest.retry": "change",
    "profilerequest.cancel": "change",
    "profilerequest.replay": "change",
    "profilerequest.act_on_all": "change",
    "revokecallback.retry": "change",
    "revokecallback.cancel": "change",
    "revokecallback.replay": "change",
    "revokecallback.act_on_all": "change",
    "bulkact.call_off": "change",
    "staffexport.ask": "view",
    "staffexport.file": "view",
}
QUEUES = {
    "accounterasure",
    "revokecallback",
    "backchannellogout",
    "profilerequest",
    "notice",
    "onetimecode",
    "personalcopy",
    "bulkact",
}
ABOUT_NOBODY = {
    *("freedom_id.allowance", "freedom_id.auditcheckpoint", "freedom_id.auditentry"),
    *("freedom_id.bulkact", "freedom_id.staffexport"),
    *("freedom_id.bridgepolicy", "freedom_id.partnerclient", "freedom_id.signingkey"),
    "freedom_id.partnerapplication",
    *("consents.collectionpoint", "consents.erasure", "consents.evidenceaccess", "consents.purpose"),
    *("consents.purposeversion", "consents.reports"),
}


@pytest.fixture
def scene() -> Stage:
    made = stage()
    record(AuditAction.READ, by=By(command="test"), target=Target())
    make_checkpoint()
    return made


def has(role: str, model: str, right: str) -> bool:
    return role == ADMINISTRATOR or role in RIGHTS[model].get(right, ())


def test_every_admin_has_its_place_in_the_table() -> None:
    there = {owner.opts.label_lower for owner in admins()}
    assert there | {"freedom_id.tokenfamily"} == set(RIGHTS)
    assert {owner.opts.app_label for owner in site._registry.values()} - OURS == {"auth"}


def test_every_admin_says_whether_its_rows_are_about_a_person() -> None:
    """Name it in PERSONS of identity_portal/staff/acts.py, or give it an `account_path`; or name it here."""
    assert {owner.opts.label_lower for owner in admins() if not way_to_person(owner)} == ABOUT_NOBODY


def test_every_right_of_the_table_is_a_permission_and_every_permission_of_ours_is_named() -> None:
    named = {permission(model, right) for model, rights in RIGHTS.items() for right in rights}
    found = Permission.objects.filter(content_type__app_label__in=OURS)
    assert named <= {f"{app}.{name}" for app, name in found.values_list("content_type__app_label", "codename")}
    own = [
        name for name in found.values_list("codename", flat=True) if not re.match(r"(add|change|delete|view)_", name)
    ]
    assert set(own) == {name.partition(".")[2] for name in named} & set(own)


@pytest.mark.parametrize("role", ROLES)
def test_a_group_holds_what_the_table_says(role: str) -> None:
    held = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    assert {f"{app}.{name}" for app, name in held} == permissions_of(role)


def test_the_groups_are_as_the_table_says_again_after_the_next_migration() -> None:
    group = Group.objects.get(name="Support")
    group.permissions.set(Permission.objects.filter(codename__in=["close_partnerclient", "view_account"]))
    Group.objects.filter(name="Auditor").delete()
    call_command("migrate", "admin", verbosity=0)
    for role in ("Support", "Auditor"):
        assert Group.objects.get(name=role).permissions.count() == len(permissions_of(role))


def test_every_page_opens_for_whom_the_table_lets_in(scene: Stage) -> None:
    """The list, the page of a row, its history, the forms to add and delete; by GET and by an empty POST."""
    wrong = []
    staff = {role: member(role) for role in ROLES}
    for role, owner in product(ROLES, [one for one in admins() if one.opts.model_name != "reports"]):
        for method, kind, args, allowed in pages(owner, role, scene):
            address = reverse(f"admin:{owner.opts.app_label}_{owner.opts.model_name}_{kind}", args=args)
            status = status_of(staff[role], method, address)
            wrong += [] if (status != 403) == allowed else [(role, method, address, status, allowed)]
            assert status in {200, 302, 403}, address
    assert wrong == []


def status_of(account: Account, method: str, address: str) -> int:
    """What the view says, without drawing the page, and with what it wrote taken back."""
    request: Any = getattr(RequestFactory(), method)(address)
    match = resolve(address)
    request.user, request.resolver_match, request.session = account, match, session_of(account)
    request._messages, request._dont_enforce_csrf_checks = CookieStorage(request), True
    try:
        with transaction.atomic():
            status: int = match.func(request, *match.args, **match.kwargs).status_code
            transaction.set_rollback(True)
    except PermissionDenied:
        return 403
    return status


def pages(owner: Any, role: str, scene: Stage) -> Iterator[tuple[str, str, list[Any], bool]]:
    row, label, name = scene.row(owner.model), owner.opts.label_lower, owner.opts.model_name
    assert row is not None, label
    may = {right: has(role, label, right) for right in ("view", "add", "change", "delete")}
    may |= {right: False for right in ("add", "change", "delete") if right not in RIGHTS[label]}
    yield "get", "changelist", [], may["view"]
    yield "get", "change", [row.pk], may["view"]
    yield "get", "history", [row.pk], may["view"]
    yield "get", "add", [], may["add"]
    yield "get", "delete", [row.pk], may["delete"]
    yield "post", "add", [], may["add"]
    yield "post", "delete", [row.pk], may["delete"]
    if name not in QUEUES | {"account", "evidence"}:
        yield "post", "change", [row.pk], may["change"]


def test_every_address_of_our_own_opens_for_whom_the_table_lets_in(scene: Stage) -> None:
    wrong = []
    for role, owner in product(ROLES, admins()):
        browser = browser_of(member(role))
        for view, pattern in own_views(owner).items():
            needed = NEEDS[f"{owner.opts.model_name}.{view}"]
            allowed = role == ADMINISTRATOR or has(role, owner.opts.label_lower, needed)
            for method in ("get", "post"):
                status = getattr(browser, method)(
                    reverse(f"admin:{pattern.name}", args=args_of(pattern, scene))
                ).status_code
                wrong += [] if (status != 403) == allowed else [(role, method, view, status, allowed)]
                assert status in {200, 302, 400, 403, 404, 405}, (view, status)
    assert wrong == []


def args_of(pattern: Any, scene: Stage) -> list[Any]:
    known = {"form": "csv", "name": "ledger", "subject_id": scene.subject.pk, "what": "retry"}
    if "letter" in pattern.name:
        known |= {"name": "notice-device-email", "language": "en"}
    elif "collectionpoint" in pattern.name:
        known["object_id"] = scene.point.pk
    elif "partnerclient" in pattern.name:
        known["object_id"] = scene.connection.client.pk
    elif "staffexport" in pattern.name:
        known["object_id"] = scene.row(StaffExport).pk
    else:
        known["id"] = scene.connection.account.pk
    return [known[name] for name in pattern.pattern.converters]


def test_every_action_and_button_is_there_for_whom_the_table_gives_it(scene: Stage, rf: Any) -> None:
    for role, owner in product(ROLES, admins()):
        request, browser = rf.get("/"), browser_of(member(role))
        request.user = member(role)
        label, name = owner.opts.label_lower, owner.opts.model_name
        offered = set(owner.get_actions(request)) - {"delete_selected"}
        assert offered == {one for one in owner.actions if has(role, label, NEEDS[f"{name}.{one}"])}, label
        deletes = "delete" in RIGHTS[label] and has(role, label, "delete")
        assert ("delete_selected" in owner.get_actions(request)) == deletes, label
        for act in owner.acts() if hasattr(owner, "acts") else ():
            address = f"/admin/{owner.opts.app_label}/{name}/{scene.row(owner.model).pk}/act/{act}/"
            assert (browser.get(address).status_code == 405) == has(role, label, NEEDS[f"{name}.{act}"]), (label, act)


def test_an_action_that_is_not_ones_own_does_nothing(scene: Stage) -> None:
    rows = ((scene.connection.account, "block"), (scene.connection.client, "suspend"))
    for role, (row, action) in product(ROLES, rows):
        address = reverse(f"admin:freedom_id_{row._meta.model_name}_changelist")
        with transaction.atomic():
            browser_of(member(role)).post(address, {"action": action, "_selected_action": row.pk, **SURE})
            acted = type(row).objects.get(pk=row.pk).status != "active"
            assert acted == has(role, row._meta.label_lower, action)
            transaction.set_rollback(True)


def test_only_an_administrator_sees_the_groups_and_nobody_changes_them() -> None:
    group = Group.objects.get(name="Support")
    pages_of_groups = [reverse("admin:auth_group_changelist"), reverse("admin:auth_group_change", args=[group.pk])]
    for role in ROLES:
        browser = browser_of(member(role))
        expected = {200} if role == ADMINISTRATOR else {403}
        assert {browser.get(address).status_code for address in pages_of_groups} == expected
        assert {browser.post(address, {"name": "x"}).status_code for address in pages_of_groups[1:]} == {403}


def matrix() -> str:
    """The table of docs/roles.md."""
    lines = [f"| | {' | '.join(ROLES[:-1])} |", f"|---|{'---|' * (len(ROLES) - 1)}"]
    for model, rights in RIGHTS.items():
        cells = [", ".join(right for right, roles in rights.items() if role in roles) for role in ROLES[:-1]]
        lines.append(f"| `{model}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_the_document_shows_the_table() -> None:
    assert matrix() in DOCUMENT.read_text(), matrix()


@pytest.mark.parametrize(
    ("given", "role", "chief"),
    [
        (["--role", "partner-manager"], "Partner manager", False),
        (["--role", "Auditor"], "Auditor", False),
        ([], ADMINISTRATOR, True),
    ],
)
def test_createstaff_gives_a_role(given: list[str], role: str, chief: bool, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("an entirely new one 7\n"))
    call_command("createstaff", "--email", "new@mail.example", "--password-stdin", *given)
    made = Account.objects.get(is_staff=True)
    assert (made.is_superuser, [group.name for group in made.groups.all()]) == (chief, [role])
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.command, entry.account, entry.after) == (
        "staff:made",
        "createstaff",
        made,
        {"roles": [role]},
    )


def test_createstaff_knows_no_other_role(monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("an entirely new one 7\n"))
    with pytest.raises(CommandError, match="The roles are: administrator, auditor, partner-manager, privacy-officer"):
        call_command("createstaff", "--email", "new@mail.example", "--password-stdin", "--role", "king")
    assert not Account.objects.filter(is_staff=True).exists()
