import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from freedom_id.domain.partner_clients import secret_matches
from freedom_id.models import PartnerClient

pytestmark = pytest.mark.django_db
SHOP = ["--name", "Shop", "--redirect-uri", "https://shop.example.com/a", "https://shop.example.com/b"]


def create(*arguments):
    out = StringIO()
    call_command("createpartner", *arguments, stdout=out)
    return out.getvalue()


def test_it_prints_the_credentials_of_the_partner_that_it_made():
    grants = ["--grants", "read.firstname", "read.phone", "--grants", "read.email", "--required-grants", "read.phone"]
    made = json.loads(create(*SHOP, *grants, "--scope", "openid", "--json"))
    client = PartnerClient.objects.get(pk=made["id"])
    assert secret_matches(made.pop("client_secret"), client.client_secret)
    assert made == {
        "id": client.pk,
        "client_id": client.client_id,
        "name": "Shop",
        "redirect_uris": ["https://shop.example.com/a", "https://shop.example.com/b"],
        "grants": ["read.firstname", "read.phone", "read.email"],
        "required_grants": ["read.phone"],
        "scopes": ["openid"],
        "operator_scopes": [],
        "grant_types": ["authorization_code", "refresh_token"],
        "type": "confidential",
    }


def test_without_json_it_prints_the_same_for_people():
    printed = create(*SHOP)
    assert PartnerClient.objects.get().client_id in printed
    assert "client_secret: " in printed


def test_a_public_partner_has_no_secret():
    assert json.loads(create(*SHOP, "--type", "public", "--json"))["client_secret"] == ""


def test_an_error_names_each_field():
    with pytest.raises(CommandError) as error:
        create("--name", "Shop", "--redirect-uri", "http://shop.example.com", "--grants", "read.everything")
    assert [line.partition(":")[0] for line in str(error.value).splitlines()] == ["redirect_uris.0", "grants.0"]
