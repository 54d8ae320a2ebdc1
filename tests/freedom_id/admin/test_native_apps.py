"""What staff states about a partner's native apps."""

from typing import Any

import pytest
from django.test import Client

from freedom_id.models import PartnerClient
from tests.factories.people import partner
from tests.freedom_id.admin.test_partner_clients import STATED, errors, page_of

FINGERPRINT = ":".join(["AB"] * 32)
APPLE = "A1B2C3D4E5.uz.freedom.shop"
APPS = {
    "native": "on",
    "first_party": "on",
    "android_package": "uz.freedom.shop",
    "android_fingerprints": f"{FINGERPRINT.lower()}\r\n{':'.join(['0C'] * 32)}\r\n",
    "apple_app_ids": f"{APPLE}\nZ{APPLE[1:]}",
    "passkeys_in_app": "on",
    "scopes": ["openid", "device_sso"],
}


@pytest.fixture
def client(db: None) -> PartnerClient:
    return partner()[0]


def test_the_ids_of_its_apps_are_stated_and_taken_back(root: Client, client: PartnerClient) -> None:
    assert b"Native apps" in root.get(page_of(client)).content
    assert root.post(page_of(client), STATED | APPS).status_code == 302
    client.refresh_from_db()
    assert client.android_fingerprints.split() == [FINGERPRINT, ":".join(["0C"] * 32)]
    assert (client.android_package, client.apple_app_ids) == ("uz.freedom.shop", f"{APPLE} Z{APPLE[1:]}")
    assert client.passkeys_in_app
    none = {"android_package": "", "android_fingerprints": "", "apple_app_ids": ""}
    assert root.post(page_of(client), STATED | none).status_code == 302
    client.refresh_from_db()
    assert (client.android_package, client.android_fingerprints, client.apple_app_ids) == ("", "", "")


@pytest.mark.parametrize(
    ("stated", "field", "words"),
    [
        ({"android_package": "shop"}, "android_package", "com.example.app"),
        ({"android_package": "uz.1shop"}, "android_package", "com.example.app"),
        ({"android_fingerprints": FINGERPRINT[:-3]}, "android_fingerprints", "32 pairs"),
        ({"android_fingerprints": FINGERPRINT.replace("AB", "XY")}, "android_fingerprints", "32 pairs"),
        ({"android_fingerprints": FINGERPRINT.replace(":", "")}, "android_fingerprints", "32 pairs"),
        ({"android_fingerprints": ""}, "android_fingerprints", "belong together"),
        ({"android_package": ""}, "android_fingerprints", "belong together"),
        ({"apple_app_ids": APPLE[1:]}, "apple_app_ids", "10 capital letters"),
        ({"apple_app_ids": APPLE.lower()}, "apple_app_ids", "10 capital letters"),
        ({"apple_app_ids": APPLE[:10]}, "apple_app_ids", "10 capital letters"),
        ({"native": "", "scopes": []}, "native", "Only a native app"),
        ({"first_party": "", "scopes": []}, "passkeys_in_app", "of the group"),
        ({"android_package": "", "android_fingerprints": "", "apple_app_ids": ""}, "passkeys_in_app", "with its ids"),
        ({"first_party": "", "passkeys_in_app": ""}, "scopes", "device_sso"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_beside_its_field(
    stated: dict[str, Any], field: str, words: str, root: Client, client: PartnerClient
) -> None:
    found = errors(root, page_of(client), **(APPS | stated))
    assert words in " ".join(found.pop(field))
    assert not found
