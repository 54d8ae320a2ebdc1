import json
from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from consents.domain.point_in_time import check_consents_at
from consents.domain.reports.active_at import active_at
from consents.domain.reports.ledger_health import ledger_health
from consents.domain.reports.part import Part
from consents.domain.verification import first_fault
from consents.models import ConsentTransaction, Subject
from freedom_id.models import Account, Authenticator, Authorization, PartnerClient
from identity_portal.demo.consent_history import NAME
from identity_portal.demo.seed import seed

pytestmark = pytest.mark.django_db


def test_a_second_seed_changes_nothing(tmp_path):
    first = seed(tmp_path / "demo.json")
    counts = [model.objects.count() for model in (Account, PartnerClient, Authorization)]
    assert seed(tmp_path / "demo.json") == first == json.loads((tmp_path / "demo.json").read_text())
    assert [model.objects.count() for model in (Account, PartnerClient, Authorization)] == counts == [9, 3, 2]


def test_the_history_of_the_reports_is_sound_and_written_once(tmp_path):
    seed(tmp_path / "demo.json")
    rows = ConsentTransaction.objects.count()
    assert rows > 300
    assert first_fault() is None
    today = timezone.now().astimezone(UTC).date()
    assert ledger_health(Part(today - timedelta(days=200), today)).sound
    seed(tmp_path / "demo.json")
    assert ConsentTransaction.objects.count() == rows


def test_what_was_active_in_the_past_is_what_a_check_would_have_said(tmp_path):
    seed(tmp_path / "demo.json")
    today = timezone.now().astimezone(UTC).date()
    for days in (60, 50, 10):
        day = today - timedelta(days=days)
        moment = datetime.combine(day + timedelta(days=1), time.min, UTC) - timedelta(microseconds=1)
        checks = [
            check_consents_at(person, names=[NAME], scope_key="", at=moment, known_at=moment)[NAME].allowed
            for person in Subject.objects.filter(account=None)
        ]
        assert sum(row.number for row in active_at(day, purpose=NAME)) == sum(checks), day


def test_the_credentials_are_readable_by_their_owner_only(tmp_path):
    seed(tmp_path / "demo.json")
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600


def test_the_credentials_work_again_when_the_file_was_lost(tmp_path):
    seed(tmp_path / "first.json")
    person = seed(tmp_path / "second.json")["persons"][0]
    assert Account.objects.get(pk=person["ssoid"]).check_password(person["password"])


def test_staff_has_an_app_whose_secret_is_told(tmp_path):
    seeded = seed(tmp_path / "demo.json")
    secrets = {app.secret for app in Authenticator.objects.filter(type="totp", verified_at__isnull=False)}
    assert {row["totp_secret"] for row in seeded["staff"]} == secrets
    assert (len(secrets), {row["totp_secret"] for row in seeded["persons"]}) == (6, {None})


def test_another_port_moves_the_sample_partner(tmp_path, settings):
    seed(tmp_path / "demo.json")
    settings.PUBLIC_URL = "http://localhost:8999"
    seed(tmp_path / "demo.json")
    assert PartnerClient.objects.get(name="Aral Market").redirect_uris == "http://localhost:8999/demo/partner/callback"
