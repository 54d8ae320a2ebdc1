"""What staff took from a partner or a person since the backup, at the pages of the admin, a replay takes again."""

from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client
from django.urls import reverse

from freedom_id.domain.audit import ADMINISTRATOR
from freedom_id.domain.client_status import close_client
from freedom_id.domain.journal_file import last_line
from freedom_id.domain.links import redirect_uri_registered
from freedom_id.models import Account, PartnerClient
from tests.factories.people import PASSWORD, REDIRECT_URI, person
from tests.factories.staff import browser_of
from tests.freedom_id.domain.acts import Pair, pair
from tests.identity_portal.staff.stage import member
from tests.journeys.test_restore import NEW_PASSWORD, journal, lost, replay

__all__ = ["journal"]
pytestmark = pytest.mark.django_db
FORGOTTEN = "https://partner.example/abandoned"


@pytest.fixture
def staff() -> Client:
    return browser_of(member(ADMINISTRATOR))


def change(staff: Client, client: PartnerClient, **stated: Any) -> None:
    """Send the page of the partner as it stands, but for what is stated."""
    address = reverse("admin:freedom_id_partnerclient_change", args=[client.pk])
    form = staff.get(address).context["adminform"].form
    stands = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    sent = {name: value for name, value in (stands | stated).items() if value not in (None, False)}
    assert staff.post(address, sent).status_code == 302


def stored(a: Pair) -> PartnerClient:
    return PartnerClient.objects.get(pk=a.client.pk)


def is_registered(a: Pair, uri: str) -> bool:
    return redirect_uri_registered(uri, stored(a).redirect_uris, native=False)


def test_an_address_and_data_that_a_partner_lost_are_lost_again(staff: Client) -> None:
    a = pair(redirect_uris=[REDIRECT_URI, FORGOTTEN], grants=["read.firstname", "read.phone"])
    a.tokens("read.firstname", "read.phone")
    with lost():
        change(staff, a.client, redirect_uris=REDIRECT_URI, grants=["read.firstname"], scopes=["openid"])
    assert (is_registered(a, FORGOTTEN), "read.phone" in a.live.grants) == (True, True)
    replay()
    assert (is_registered(a, FORGOTTEN), is_registered(a, REDIRECT_URI)) == (False, True)
    assert (stored(a).grants, stored(a).scopes, [*a.live.grants]) == (
        ["read.firstname"],
        ["openid"],
        ["read.firstname"],
    )


def test_what_a_partner_got_since_is_not_in_the_journal_and_stays_lost(staff: Client, journal: Any) -> None:
    a = pair(grants=["read.firstname"])
    with lost():
        change(staff, a.client, redirect_uris=f"{REDIRECT_URI}\n{FORGOTTEN}", grants=["read.firstname", "read.phone"])
    assert last_line(journal) is None
    assert (is_registered(a, FORGOTTEN), stored(a).grants) == (False, ["read.firstname"])


def test_a_required_datum_that_is_taken_is_required_no_more(staff: Client) -> None:
    a = pair(grants=["read.firstname", "read.phone"], required_grants=["read.phone"])
    with lost():
        change(staff, a.client, grants=["read.firstname"], required_grants=[])
    replay()
    assert (stored(a).grants, stored(a).required_grants) == (["read.firstname"], [])


def test_a_partner_that_was_closed_after_it_was_narrowed_is_closed_and_asked_for_nothing(staff: Client) -> None:
    a = pair(grants=["read.firstname", "read.phone"])
    with lost():
        change(staff, a.client, grants=["read.firstname"])
        close_client(a.client)
    replay()
    assert (stored(a).status, stored(a).grants) == ("closed", ["read.firstname"])
    assert replay("--since", "1") == "2 lines replayed, 0 had something to do; 0 accounts signed out."


def test_a_password_that_staff_replaced_is_worth_nothing_again(staff: Client) -> None:
    account = person()
    address = reverse("admin:auth_user_password_change", args=[account.pk])
    with lost():
        sent = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "set-password": "1"}
        assert staff.post(address, sent).status_code == 302
    assert check_password(PASSWORD, Account.objects.get(pk=account.pk).password)
    replay()
    assert not Account.objects.get(pk=account.pk).has_usable_password()
