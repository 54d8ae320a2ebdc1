"""The person's own acts at once with others: one main number, one proof, and no profile after she called it off."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from freedom_id.domain.credentials import PersonsAct, claim_contact, make_main, remove_credential
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import deliver_code
from freedom_id.domain.own_details import prove_contact_by_code, send_contact_code
from freedom_id.domain.profile_requests import cancel_profile_request, fulfil_profile_request
from freedom_id.errors import FreedomIdError
from freedom_id.models import Account, BrowserSignIn, Credential, Device, OneTimeCode, ProfileRequest
from identity_portal.demo.models import InboxMessage
from tests.freedom_id.domain.acts import IP, pair
from tests.freedom_id.domain.at_once import at_once, until_it_waits
from tests.freedom_id.domain.test_profile_requests import submitted

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def act_of(account: Account) -> PersonsAct:
    """At our own pages, with two proofs just now."""
    device = Device.objects.create(account=account, key=uuid4().hex)
    now = timezone.now()
    sign_in = BrowserSignIn.objects.create(id=uuid4(), device=device, amr=["pwd", "sms"], stepped_up_at=now)
    return PersonsAct(account, None, None, IP, sign_in)


def test_two_numbers_made_the_main_one_at_once_leave_one() -> None:
    act = act_of(pair().account)
    make_main(act, Credential.objects.get(type="mobile", is_primary=False).number)
    numbers = list(Credential.objects.filter(type="mobile").values_list("number", flat=True))
    assert at_once([lambda number=number: make_main(act, number) for number in numbers * 2]) == [None] * 4
    assert Credential.objects.filter(type="mobile", is_primary=True).count() == 1


def test_all_removed_at_once_leave_one_to_sign_in_with() -> None:
    act = act_of(pair().account)
    numbers = list(Credential.objects.values_list("number", flat=True))
    ends = at_once([lambda number=number: remove_credential(act, number) for number in numbers])
    assert sum(isinstance(end, FreedomIdError) for end in ends) == 1
    assert Credential.objects.verified().count() == 1


def test_one_code_proves_a_contact_once_however_often_it_comes() -> None:
    act = act_of(pair().account)
    number = claim_contact(act, parse_identifier("+998935550102"))
    challenge = send_contact_code(act, number, locale="en")
    deliver_code(str(OneTimeCode.objects.get(pk=challenge).pk))
    code = InboxMessage.objects.latest("pk").text.rpartition("#")[2]
    ends = at_once([lambda: prove_contact_by_code(act, number, code, challenge=challenge)] * 3)
    assert ends.count(True) == 1
    assert Credential.objects.get(number=number).verified_at is not None


def test_what_was_called_off_is_not_released_by_a_worker_that_was_late() -> None:
    a = pair()
    _access, row = submitted(a)
    with transaction.atomic():
        ProfileRequest.objects.select_for_update(no_key=True).get(pk=row.pk)
        cancelling = until_it_waits(lambda: cancel_profile_request(a.account, row.pk, ip=IP))
    assert cancelling.result(timeout=10) is True
    fulfil_profile_request(str(row.pk))
    kept = ProfileRequest.objects.get(pk=row.pk)
    assert (kept.state, kept.parcel, kept.reason) == ("failed", None, "cancelled by the person")


def test_called_off_and_released_at_once_ends_in_one_way() -> None:
    a = pair()
    _access, row = submitted(a)
    called_off, _done = at_once(
        [lambda: cancel_profile_request(a.account, row.pk, ip=IP), lambda: fulfil_profile_request(str(row.pk))]
    )
    kept = ProfileRequest.objects.get(pk=row.pk)
    assert (kept.state, kept.parcel is None) == (("failed", True) if called_off else ("completed", False))
