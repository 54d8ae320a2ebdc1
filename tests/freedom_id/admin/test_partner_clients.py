import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consents.domain.collection_points import collection_point_for
from freedom_id.domain.client_secrets import end_secrets, note_keys_used, prove_secret, rotate_secret, secret_matches
from freedom_id.domain.client_status import resume_client, suspend_client
from freedom_id.enums import ClientStatus
from freedom_id.models import PartnerClient, SigningKey
from tests.compliance.client_keys import JWKS, signing_partner
from tests.factories.applications import chunk, png
from tests.factories.people import partner
from tests.freedom_id.admin.connections import Connection

LIST = reverse("admin:freedom_id_partnerclient_changelist")
ADD = reverse("admin:freedom_id_partnerclient_add")
STATED = {
    "name": "Silk Road Air",
    "legal_name": "Silk Road Air JSC",
    "website": "https://air.example",
    "redirect_uris": "https://air.example/back\r\nhttps://air.example/second?x=1",
    "revoke_uris": "https://air.example/revoked",
    "backchannel_logout_uri": "https://air.example/logout",
    "grants": ["read.firstname", "read.phone"],
    "required_grants": ["read.firstname"],
    "client_type": "confidential",
    "scopes": ["openid"],
    "grant_types": ["authorization_code", "refresh_token"],
    "subject_type": "public",
    "id_token_signed_response_alg": "ES256",
    "contact_name": "Gulnora Contact",
    "contact_email": "contact@air.example",
}


def page_of(client: PartnerClient, kind: str = "change") -> str:
    return reverse(f"admin:freedom_id_partnerclient_{kind}", args=[client.pk])


def act(browser: Client, action: str, client: PartnerClient, *, confirmed: bool = False) -> object:
    sent = {"action": action, "_selected_action": client.pk} | ({"confirmed": "yes"} if confirmed else {})
    return browser.post(LIST, sent)


def shown_secret(text: str) -> str:
    return re.findall(r"<code>([\w-]{43})</code>", text)[0]


def registered(root: Client, **stated: object) -> PartnerClient:
    answer = root.post(ADD, STATED | stated)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return PartnerClient.objects.get(name="Silk Road Air")


def new_secret(root: Client, client: PartnerClient) -> str:
    act(root, "new_secret", client, confirmed=True)
    return shown_secret(root.get(page_of(client, "secret")).content.decode())


def errors(root: Client, address: str = ADD, **stated: object) -> dict[str, list[str]]:
    return dict(root.post(address, STATED | stated).context["adminform"].form.errors)


def test_a_partner_is_registered_with_what_was_stated(root: Client) -> None:
    client = registered(root, first_party="on")
    assert client.redirect_uris.split() == STATED["redirect_uris"].split()
    assert (client.grants, client.required_grants) == (["read.firstname", "read.phone"], ["read.firstname"])
    assert (client.revoke_uris, client.first_party, client.native) == ("https://air.example/revoked", True, False)
    assert client.backchannel_logout_uri == "https://air.example/logout"
    assert (client.legal_name, client.website) == ("Silk Road Air JSC", "https://air.example")
    assert collection_point_for(client.client_id, name="sign-in").purposes.count() == 3


def test_its_secret_is_shown_exactly_once(root: Client) -> None:
    client = registered(root)
    act(root, "new_secret", client, confirmed=True)
    first = root.get(page_of(client, "secret"))
    secret = shown_secret(first.content.decode())
    client.refresh_from_db()
    assert secret_matches(secret, client.client_secret)
    assert "no-store" in first.headers["Cache-Control"]
    again = root.get(page_of(client, "secret"), follow=True)
    assert again.redirect_chain == [(page_of(client), 302)]
    for address in (LIST, page_of(client), page_of(client, "history"), "/admin/"):
        assert secret not in root.get(address).content.decode()


def test_the_secret_waits_sealed_and_for_its_own_partner(root: Client, connection: Connection) -> None:
    client = registered(root)
    act(root, "new_secret", client, confirmed=True)
    assert root.session["new_client_secret"].startswith("k1:")
    assert root.get(page_of(connection.client, "secret")).status_code == 302
    assert root.get(page_of(client, "secret")).status_code == 302


def test_a_public_client_has_no_secret(root: Client) -> None:
    client = registered(root, client_type="public", redirect_uris="uz.example.air:/back")
    assert (client.client_secret, client.native) == ("", True)
    assert [a["name"] for a in root.get(page_of(client)).context["acts"]] == ["suspend", "close"]


@pytest.mark.parametrize(
    ("stated", "field", "words"),
    [
        ({"redirect_uris": "https://air.example/back\nhttp://air.example/"}, "redirect_uris", "Line 2: The address"),
        ({"redirect_uris": ""}, "redirect_uris", "At least one address"),
        ({"redirect_uris": "https://air.example/#x"}, "redirect_uris", "without fragment"),
        ({"revoke_uris": "ftp://air.example/"}, "revoke_uris", "Line 1: The address"),
        ({"backchannel_logout_uri": "http://air.example/"}, "backchannel_logout_uri", "must be https"),
        ({"backchannel_logout_uri": "https://air.example/ https://b.example/"}, "backchannel_logout_uri", "plain"),
        ({"required_grants": ["read.email"]}, "required_grants", "must be among"),
        ({"grants": ["read.soul"], "required_grants": []}, "grants", "read.soul"),
        ({"scopes": ["openid", "account"]}, "scopes", "the group"),
        ({"operator_scopes": ["accounts.own"]}, "operator_scopes", "accounts.own"),
        ({"name": ""}, "name", "required"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    stated: dict[str, object], field: str, words: str, root: Client, connection: Connection
) -> None:
    for address in (ADD, page_of(connection.client)):
        found = errors(root, address, **stated)
        assert words in " ".join(found.pop(field)), address
        assert not found
    assert not PartnerClient.objects.filter(name="Silk Road Air").exists()


def test_a_pairwise_partner_has_the_sector_of_its_addresses_for_good(root: Client) -> None:
    client = registered(root, subject_type="pairwise", userinfo_signed_response_alg="RS256")
    assert (client.sector_identifier, client.userinfo_signed_response_alg) == ("air.example", "RS256")
    assert SigningKey.objects.filter(algorithm="RS256").exists()

    changed = {"sector_identifier": "other.example", "subject_type": "public"}
    changed |= {"id_token_signed_response_alg": "RS256", "userinfo_signed_response_alg": ""}
    assert root.post(page_of(client), STATED | changed).status_code == 302

    client.refresh_from_db()
    assert (client.subject_type, client.sector_identifier) == ("pairwise", "air.example")
    assert (client.id_token_signed_response_alg, client.userinfo_signed_response_alg) == ("RS256", "")


@pytest.mark.parametrize(
    "stated",
    [
        {"subject_type": "pairwise", "redirect_uris": "https://air.example/back https://two.example/back"},
        {"subject_type": "pairwise", "redirect_uris": "https://["},
        {"subject_type": "pairwise", "sector_identifier": "https://air.example/"},
        {"sector_identifier": "air.example"},
    ],
    ids=["two hosts", "malformed", "address", "public"],
)
def test_a_sector_that_is_not_is_refused(stated: dict[str, object], root: Client) -> None:
    assert errors(root, **stated)
    assert not PartnerClient.objects.filter(name="Silk Road Air").exists()


def test_what_it_may_do_by_itself_is_stated_and_taken_back(root: Client) -> None:
    client = registered(root, operator_scopes=["consents.check"], scopes=["openid", "account"], first_party="on")
    assert (client.operator_scopes, client.scopes) == (["consents.check"], ["openid", "account"])
    assert root.post(page_of(client), STATED).status_code == 302
    client.refresh_from_db()
    assert (client.operator_scopes, client.scopes) == ([], ["openid"])


def test_a_public_client_can_do_nothing_by_itself(root: Client) -> None:
    public = {"client_type": "public", "redirect_uris": "uz.example.air:/back"}
    assert list(errors(root, **public, operator_scopes=["accounts.operate"])) == ["operator_scopes"]
    client = registered(root, **public)
    assert list(errors(root, page_of(client), operator_scopes=["accounts.operate"])) == ["operator_scopes"]


def test_a_logo_is_kept_and_shown(root: Client) -> None:
    image = png(more=chunk(b"tEXt", b"taken at home"))
    client = registered(root, logo_file=SimpleUploadedFile("logo.png", image))
    assert bytes(client.logo) == png()
    assert f"/partners/{client.client_id}/logo.png" in root.get(page_of(client)).content.decode()


@pytest.mark.parametrize("image", [png() + b"0" * 100_000, b"<svg onload='alert(1)'/>", b"GIF89a"])
def test_a_logo_that_is_large_or_no_png_is_refused(image: bytes, root: Client) -> None:
    assert list(errors(root, logo_file=SimpleUploadedFile("logo.png", image))) == ["logo_file"]


def test_a_change_adjusts_what_may_be_asked_and_keeps_the_secret(root: Client) -> None:
    client = registered(root)
    sent = STATED | {"grants": ["read.firstname"], "scopes": ["openid", "email"], "native": "on"}
    assert root.post(page_of(client), sent).status_code == 302
    changed = PartnerClient.objects.get(pk=client.pk)
    assert (changed.grants, changed.native, changed.client_secret) == (["read.firstname"], True, client.client_secret)
    names = collection_point_for(client.client_id, name="sign-in").purposes.values_list("name", flat=True)
    assert set(names) == {"identity-provider", "read.firstname", "read.email"}


def test_saving_a_page_writes_no_secret_of_the_past(root: Client) -> None:
    client = registered(root)
    act(root, "new_secret", client, confirmed=True)
    root.post(page_of(client), STATED | {"legal_name": "Other"})
    changed = PartnerClient.objects.get(pk=client.pk)
    assert secret_matches(shown_secret(root.get(page_of(client, "secret")).content.decode()), changed.client_secret)


def test_a_new_secret_is_asked_for_shown_once_and_overlaps_the_former(root: Client) -> None:
    client = registered(root)
    former = new_secret(root, client)
    assert "works for 7 more days" in act(root, "new_secret", client).content.decode()
    assert act(root, "new_secret", client, confirmed=True).headers["Location"] == page_of(client, "secret")
    secret = shown_secret(root.get(page_of(client, "secret")).content.decode())
    stored = PartnerClient.objects.get(pk=client.pk)
    assert [secret_matches(shown, *stored.live_secrets(timezone.now())) for shown in (secret, former)] == [True, True]
    assert "end_former_secret" in [a["name"] for a in root.get(page_of(client)).context["acts"]]
    act(root, "end_former_secret", client, confirmed=True)
    stored.refresh_from_db()
    assert [secret_matches(shown, *stored.live_secrets(timezone.now())) for shown in (secret, former)] == [True, False]
    assert "end_former_secret" not in [a["name"] for a in root.get(page_of(client)).context["acts"]]


def test_staff_takes_over_what_an_operator_suspended(root: Client) -> None:
    client, other = registered(root), partner()[0]
    suspend_client(client, by=other)
    assert "suspend" in [a["name"] for a in root.get(page_of(client)).context["acts"]]
    act(root, "suspend", client)
    resume_client(client, by=other)
    assert client.status == ClientStatus.SUSPENDED
    act(root, "resume", client)
    client.refresh_from_db()
    assert client.status == ClientStatus.ACTIVE


def test_suspended_resumed_closed(connection: Connection, root: Client) -> None:
    statuses = []
    for action in ("suspend", "resume", "close"):
        act(root, action, connection.client, confirmed=action == "close")
        statuses.append(PartnerClient.objects.get(pk=connection.client.pk).status)
    assert statuses == [ClientStatus.SUSPENDED, ClientStatus.ACTIVE, ClientStatus.CLOSED]
    connection.family.refresh_from_db()
    assert connection.family.ended_at is not None


def test_closing_asks_first(connection: Connection, root: Client) -> None:
    page = act(root, "close", connection.client).content.decode()
    assert "cannot be opened again" in page
    assert PartnerClient.objects.get(pk=connection.client.pk).status == ClientStatus.ACTIVE


def test_a_closed_partner_stays_closed_and_as_it_was(connection: Connection, root: Client) -> None:
    act(root, "close", connection.client, confirmed=True)
    for action in ("resume", "suspend", "new_secret"):
        act(root, action, connection.client, confirmed=True)
    closed = PartnerClient.objects.get(pk=connection.client.pk)
    assert (closed.status, closed.client_secret) == (ClientStatus.CLOSED, connection.client.client_secret)
    assert root.get(page_of(closed)).status_code == 200
    assert root.post(page_of(closed), STATED).status_code == 403


SIGNING = {"token_endpoint_auth_method": "private_key_jwt", "jwks": json.dumps(JWKS), "revoke_uris": ""}


def test_a_partner_that_signs_is_registered_without_a_secret(root: Client) -> None:
    client = registered(root, **SIGNING, access_token_format="opaque", grant_types=["client_credentials"])
    assert (client.token_endpoint_auth_method, client.jwks, client.client_secret) == ("private_key_jwt", JWKS, "")
    assert (client.access_token_format, client.grant_types) == ("opaque", ["client_credentials"])
    assert "New secret" not in root.get(page_of(client)).content.decode()


def test_a_partner_begins_to_sign_and_goes_back_to_a_secret(root: Client) -> None:
    client = registered(root)
    act(root, "new_secret", client, confirmed=True)
    assert root.post(page_of(client), STATED | SIGNING).status_code == 302
    client.refresh_from_db()
    assert (client.token_endpoint_auth_method, client.jwks, client.revoke_uris) == ("private_key_jwt", JWKS, "")
    assert (client.client_secret, client.previous_secret, client.previous_secret_expires_at) == ("", "", None)
    back = STATED | {"token_endpoint_auth_method": "client_secret", "jwks": json.dumps(JWKS)}
    assert root.post(page_of(client), back).status_code == 302
    client.refresh_from_db()
    assert (client.token_endpoint_auth_method, client.client_secret) == ("client_secret", "")
    assert client.revoke_uris == STATED["revoke_uris"]
    act(root, "new_secret", client, confirmed=True)
    client.refresh_from_db()
    assert (client.client_secret != "", client.previous_secret) == (True, "")


@pytest.mark.parametrize(
    ("stated", "field", "words"),
    [
        (SIGNING | {"jwks": ""}, "jwks", "Public keys are needed"),
        (SIGNING | {"jwks": "no json"}, "jwks", "valid JSON"),
        (SIGNING | {"jwks": '{"keys": [{"kty": "oct", "k": "AA"}]}'}, "jwks", "kty must be EC or RSA"),
        (SIGNING | {"revoke_uris": "https://air.example/revoked"}, "revoke_uris", "Callbacks are signed"),
        ({"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method", "A public client"),
        ({"token_endpoint_auth_method": "magic"}, "token_endpoint_auth_method", "valid choice"),
        ({"access_token_format": "xml"}, "access_token_format", "valid choice"),
    ],
    ids=["no keys", "no JSON", "a shared secret", "callbacks", "no way", "unknown way", "unknown form"],
)
def test_what_is_wrong_in_how_it_authenticates_is_said_beside_its_field(
    stated: dict[str, object], field: str, words: str, root: Client, connection: Connection
) -> None:
    for address in (ADD, page_of(connection.client)):
        found = errors(root, address, **stated)
        assert words in " ".join(found.pop(field)), address
        assert not found
    assert not PartnerClient.objects.filter(name="Silk Road Air").exists()


def test_what_the_page_leaves_out_stays(root: Client) -> None:
    client = registered(root, access_token_format="opaque")
    assert root.post(page_of(client), STATED).status_code == 302
    client.refresh_from_db()
    assert (client.access_token_format, client.token_endpoint_auth_method) == ("opaque", "client_secret")


def test_a_partner_without_sign_ins_needs_no_address(root: Client) -> None:
    client = registered(root, grant_types=["client_credentials"], redirect_uris="")
    assert root.post(page_of(client), STATED | {"grant_types": ["client_credentials"], "redirect_uris": ""})
    client.refresh_from_db()
    assert (client.redirect_uris, client.grant_types) == ("", ["client_credentials"])


def uses_of(text: str) -> list[str]:
    return re.findall(
        r"Never used\.|Used within the last hour\.|Last used [^.]+ ago\.|There is none\.|Not used since", text
    )


def test_its_page_says_when_each_secret_was_drawn_and_last_used(root: Client) -> None:
    client, former = partner()
    assert uses_of(root.get(page_of(client)).content.decode()) == ["Never used."]
    with time_machine.travel(timezone.now() - timedelta(hours=3, minutes=5)):
        rotate_secret(client)
        assert prove_secret(client, former)
    text = root.get(page_of(client)).content.decode()
    assert uses_of(text) == ["Never used.", "Last used 3\xa0hours ago."]
    assert "3 h ago" in text, "when the present one was drawn"
    assert prove_secret(client, former)
    assert "Used within the last hour." in uses_of(root.get(page_of(client)).content.decode())
    PartnerClient.objects.update(secret_drawn_at=None)
    assert "Not used since" in uses_of(root.get(page_of(client)).content.decode())
    end_secrets(client)
    assert uses_of(root.get(page_of(client)).content.decode()) == ["There is none."]


def test_before_a_former_secret_ends_its_last_use_is_said(root: Client) -> None:
    client, former = partner()
    rotate_secret(client)
    with time_machine.travel(timezone.now() - timedelta(hours=2, minutes=5)):
        assert prove_secret(client, former)
    page = act(root, "end_former_secret", client).content.decode()
    assert "is refused from now on. Aral Market: Last used 2\xa0hours ago." in page
    client.refresh_from_db()
    assert client.previous_secret, "nothing happened yet"


def test_the_list_of_those_that_end_soon_says_who_still_uses_one(root: Client) -> None:
    client, former = partner()
    rotate_secret(client, overlap=timedelta(days=1))
    assert "Never used." not in root.get(LIST).content.decode()
    assert uses_of(root.get(LIST, {"waiting": "ending"}).content.decode()) == ["Never used."]
    assert prove_secret(client, former)
    assert uses_of(root.get(LIST, {"waiting": "ending"}).content.decode()) == ["Used within the last hour."]


def test_the_page_of_one_with_keys_says_when_they_were_used(root: Client) -> None:
    client = signing_partner()
    assert uses_of(root.get(page_of(client)).content.decode()) == ["Not used since"]
    note_keys_used(client)
    assert uses_of(root.get(page_of(client)).content.decode()) == ["Used within the last hour."]
