"""What staff takes from a partner is released no more, a profile that lies ready included."""

from uuid import uuid4

import pytest

from freedom_id.domain.asked_data import adjust_asked_data
from freedom_id.domain.profile_requests import fulfil_profile_request, profile_status, submit_profile_request
from freedom_id.domain.tokens import live_access
from freedom_id.models import ProfileRequest
from tests.freedom_id.domain.acts import pair

pytestmark = pytest.mark.django_db


def test_a_finished_profile_is_not_handed_over_once_the_partner_may_not_ask_for_it() -> None:
    a = pair()
    tokens, request_id = a.tokens("read.firstname", "read.profile"), uuid4()
    submit_profile_request(live_access(tokens.access_token), request_id)
    fulfil_profile_request(str(ProfileRequest.objects.get().pk))
    a.client.grants = ["read.firstname"]
    a.client.save()
    adjust_asked_data(a.client)
    assert profile_status(live_access(tokens.access_token), request_id).status == "failed"
    assert not ProfileRequest.objects.get().parcel
    assert list(a.live.grants) == ["read.firstname"]
