from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from freedom_id.enums import AccountStatus
from freedom_id.models import Account, Grant
from tests.factories.people import email_of, phone_of
from tests.freedom_id.admin.conftest import SignedIn, staff
from tests.freedom_id.admin.connections import Connection

LIST = reverse("admin:freedom_id_account_changelist")
NEW_PASSWORD = "an entirely new one 7"


def page_of(account: Account) -> str:
    return reverse("admin:freedom_id_account_change", args=[account.pk])


def act(browser: Client, action: str, account: Account) -> None:
    sure = {"confirmed": "yes", "reason": "case 5"}
    answer = browser.post(LIST, {"action": action, "_selected_action": account.pk, **sure})
    assert answer.status_code == 302


@pytest.fixture
def helper(clerk: Account, signed_in: SignedIn) -> Client:
    """Staff who may change accounts and nothing more."""
    clerk.user_permissions.set(
        Permission.objects.filter(codename__in=["view_account", "change_account", "block_account"])
    )
    return signed_in(clerk)


@pytest.mark.parametrize("typed", ["ssoid", "freedom_id", "phone", "phone in words", "email"])
def test_an_account_is_found_by_what_is_exactly_its_own(typed: str, connection: Connection, root: Client) -> None:
    account = connection.account
    phone = phone_of(account)
    text = {
        "ssoid": str(account.pk),
        "freedom_id": str(account.freedom_id),
        "phone": phone.removeprefix("+"),
        "phone in words": f"{phone[:4]} {phone[4:6]} {phone[6:]}",
        "email": email_of(account),
    }[typed]
    answer = root.post(LIST, {"find": text})
    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(account))


@pytest.mark.parametrize("text", ["", "4567", "Karim", "+998900000000", "nobody@mail.example", "9" * 40, "²"])
def test_parts_and_strangers_find_nothing_and_are_not_repeated(text: str, connection: Connection, root: Client) -> None:
    answer = root.post(LIST, {"find": text}, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert "No account has exactly this" in answer.content.decode()


def test_a_phone_number_in_the_address_of_the_list_finds_nobody(connection: Connection, root: Client) -> None:
    everybody = root.get(LIST).context["cl"].result_count
    assert root.get(LIST, {"q": phone_of(connection.account)}).context["cl"].result_count == everybody


def test_the_search_needs_the_permission(connection: Connection, clerk: Account, signed_in: SignedIn) -> None:
    assert signed_in(clerk).post(LIST, {"find": phone_of(connection.account)}).status_code == 403


def test_a_person_is_shown_masked(connection: Connection, root: Client) -> None:
    text = root.get(page_of(connection.account)).content.decode()
    phone = phone_of(connection.account)
    assert f"+998 •• ••• {phone[-4:-2]} {phone[-2:]}" in text
    assert "D••• R••• K•••" in text
    assert "d•••@mail.example" in text


def test_blocking_signs_browsers_out(connection: Connection, root: Client, signed_in: SignedIn) -> None:
    theirs = signed_in(connection.account)
    act(root, "block", connection.account)
    assert Account.objects.get(pk=connection.account.pk).status == AccountStatus.BLOCKED
    assert theirs.get("/me/").status_code == 302


def test_what_a_block_stopped_stays_dead_after_it(connection: Connection, root: Client, signed_in: SignedIn) -> None:
    theirs = signed_in(connection.account)
    act(root, "block", connection.account)
    act(root, "unblock", connection.account)
    connection.family.refresh_from_db()
    assert connection.family.ended_at is not None
    assert not connection.family.access_tokens.exists()
    assert not Grant.objects.filter(user=connection.account, spent_at=None).exists()
    assert theirs.get("/me/").status_code == 302


def test_unblocking_lets_in_again(connection: Connection, root: Client, signed_in: SignedIn) -> None:
    act(root, "block", connection.account)
    act(root, "unblock", connection.account)
    assert Account.objects.get(pk=connection.account.pk).is_active
    assert signed_in(connection.account).get("/me/activity/").status_code == 200


def test_blocking_leaves_others_signed_in(connection: Connection, root: Client) -> None:
    act(root, "block", connection.account)
    assert root.get(LIST).status_code == 200


def test_nobody_blocks_themselves_or_a_superuser(helper: Client, clerk: Account) -> None:
    boss = staff(superuser=True)
    act(helper, "block", boss)
    act(helper, "block", clerk)
    assert set(Account.objects.filter(pk__in=[boss.pk, clerk.pk]).values_list("status", flat=True)) == {"active"}


def test_a_closed_account_is_not_reopened(connection: Connection, root: Client) -> None:
    Account.objects.filter(pk=connection.account.pk).update(status=AccountStatus.CLOSED)
    act(root, "unblock", connection.account)
    assert Account.objects.get(pk=connection.account.pk).status == AccountStatus.CLOSED


def test_the_page_offers_the_act_that_fits(connection: Connection, root: Client) -> None:
    page = page_of(connection.account)
    assert [act["name"] for act in root.get(page).context["acts"]] == ["block", "sign_out", "ask_copy", "ask_erasure"]
    act(root, "block", connection.account)
    assert [act["name"] for act in root.get(page).context["acts"]] == ["unblock", "ask_erasure"]


def test_a_superuser_gives_rights_and_changes_nothing_else(connection: Connection, root: Client) -> None:
    sent = {
        "is_staff": "on",
        "status": "closed",
        "firstname": "Other",
        "credentials-TOTAL_FORMS": 0,
        "credentials-INITIAL_FORMS": 0,
    }
    assert root.post(page_of(connection.account), sent).status_code == 302
    account = Account.objects.get(pk=connection.account.pk)
    assert (account.is_staff, account.status, account.firstname) == (True, "active", "Dilnoza")


def test_others_give_no_rights_and_no_password(connection: Connection, helper: Client) -> None:
    sent = {"is_staff": "on", "is_superuser": "on", "credentials-TOTAL_FORMS": 0, "credentials-INITIAL_FORMS": 0}
    helper.post(page_of(connection.account), sent)
    account = Account.objects.get(pk=connection.account.pk)
    assert (account.is_staff, account.is_superuser) == (False, False)
    passwords = reverse("admin:auth_user_password_change", args=[account.pk])
    assert helper.get(passwords).status_code == 403
    assert passwords not in helper.get(page_of(account)).content.decode()


def test_a_superuser_sets_a_password(connection: Connection, root: Client, signed_in: SignedIn) -> None:
    theirs = signed_in(connection.account)
    page = reverse("admin:auth_user_password_change", args=[connection.account.pk])
    assert root.get(page).status_code == 200
    sent = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "set-password": "1"}
    assert root.post(page, sent).status_code == 302
    assert Account.objects.get(pk=connection.account.pk).check_password(NEW_PASSWORD)
    connection.family.refresh_from_db()
    assert connection.family.ended_at is not None, "tokens end with the old password"
    assert theirs.get("/me/").status_code == 302


def test_when_a_closed_account_will_be_erased_is_shown(connection: Connection, root: Client) -> None:
    Account.objects.filter(pk=connection.account.pk).update(
        status=AccountStatus.CLOSED, closes_at=datetime(2031, 7, 9, 12, tzinfo=UTC)
    )
    assert "July 9, 2031" in root.get(page_of(connection.account)).content.decode()
