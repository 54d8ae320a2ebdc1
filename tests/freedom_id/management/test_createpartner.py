import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from freedom_id.domain.client_secrets import secret_matches
from freedom_id.models import PartnerClient
from tests.compliance.client_keys import JWKS

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


def test_it_takes_the_address_of_logouts():
    made = json.loads(create(*SHOP, "--backchannel-logout-uri", "https://shop.example.com/logout", "--json"))
    assert PartnerClient.objects.get(pk=made["id"]).backchannel_logout_uri == "https://shop.example.com/logout"
    with pytest.raises(CommandError, match="backchannel_logout_uri: The address must be https"):
        create(*SHOP, "--backchannel-logout-uri", "http://shop.example.com/logout")


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


def test_with_public_keys_it_authenticates_by_them_and_has_no_secret(tmp_path):
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(JWKS))
    made = json.loads(create(*SHOP, "--jwks", str(keys), "--access-token-format", "opaque", "--json"))
    client = PartnerClient.objects.get(pk=made["id"])
    assert (made["client_secret"], client.client_secret, client.jwks) == ("", "", JWKS)
    assert (client.token_endpoint_auth_method, client.access_token_format) == ("private_key_jwt", "opaque")


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "no JSON document"), ("{", "no JSON document"), ("{}", "jwks: A JSON Web Key Set")],
    ids=["no file", "no JSON", "no keys"],
)
def test_a_key_file_that_is_none_is_an_error(tmp_path, text, said):
    keys = tmp_path / "keys.json"
    if text is not None:
        keys.write_text(text)
    with pytest.raises(CommandError, match=said):
        create(*SHOP, "--jwks", str(keys))
    assert not PartnerClient.objects.exists()
