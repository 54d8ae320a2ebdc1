"""One press of a button: what it writes, and what it refuses to write."""

import pytest

from consents.models import ConsentTransaction
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.consent_requests import QuestionChanged, allow
from freedom_id.domain.links import open_request
from freedom_id.models import Authorization, Grant, PartnerClient
from tests.freedom_id.domain.acts import IP, pair

pytestmark = pytest.mark.django_db


def test_what_is_needed_and_was_withdrawn_under_the_open_page_is_asked_again() -> None:
    a = pair(required_grants=["read.firstname"])
    a.code("read.firstname")
    track = a.ask("read.firstname", "read.phone")
    shown = a.shown(track)
    stop_sharing(a.account, a.live, grants=None, ip=IP)
    codes = Grant.objects.count()
    with pytest.raises(QuestionChanged):
        allow(track, a.sign_in, ticked=["read.phone"], shown=shown)
    assert not Authorization.objects.filter(account=a.account, ended_at__isnull=True).exists()
    assert Grant.objects.count() == codes
    assert open_request(track).is_open


def test_stopping_what_is_needed_stops_everything() -> None:
    a = pair(required_grants=["read.firstname"])
    a.code("read.firstname", "read.phone")
    live = a.live
    stop_sharing(a.account, live, grants=["read.firstname"], ip=IP)
    live.refresh_from_db()
    assert live.ended_at is not None
    assert [notice.name for notice in a.shown(a.ask("read.firstname", "read.phone"))] == [
        "identity-provider",
        "read.firstname",
        "read.phone",
    ]


def test_what_became_needed_under_the_open_page_is_not_taken_for_given() -> None:
    a = pair(required_grants=["read.firstname"])
    track = a.ask("read.firstname", "read.gender")
    shown = a.shown(track)
    PartnerClient.objects.update(required_grants=["read.firstname", "read.gender"])
    with pytest.raises(QuestionChanged):
        allow(track, a.sign_in, ticked=[], shown=shown)
    assert not ConsentTransaction.objects.exists()
