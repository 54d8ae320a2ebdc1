import json

import pytest

from freedom_id.models import Account, Authorization, PartnerClient
from identity_portal.demo.seed import seed

pytestmark = pytest.mark.django_db


def test_a_second_seed_changes_nothing(tmp_path):
    first = seed(tmp_path / "demo.json")
    counts = [model.objects.count() for model in (Account, PartnerClient, Authorization)]
    assert seed(tmp_path / "demo.json") == first == json.loads((tmp_path / "demo.json").read_text())
    assert [model.objects.count() for model in (Account, PartnerClient, Authorization)] == counts == [4, 3, 2]


def test_the_credentials_are_readable_by_their_owner_only(tmp_path):
    seed(tmp_path / "demo.json")
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600


def test_the_credentials_work_again_when_the_file_was_lost(tmp_path):
    seed(tmp_path / "first.json")
    person = seed(tmp_path / "second.json")["persons"][0]
    assert Account.objects.get(pk=person["ssoid"]).check_password(person["password"])


def test_another_port_moves_the_sample_partner(tmp_path, settings):
    seed(tmp_path / "demo.json")
    settings.PUBLIC_URL = "http://localhost:8999"
    seed(tmp_path / "demo.json")
    assert PartnerClient.objects.get(name="Aral Market").redirect_uris == "http://localhost:8999/demo/partner/callback"
