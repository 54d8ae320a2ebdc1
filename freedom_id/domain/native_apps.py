"""The native apps of active clients: what may be claimed for them on our host, and the passkeys that they ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fido2.utils import websafe_decode

from freedom_id.conf import conf
from freedom_id.enums import ClientStatus
from freedom_id.models import PartnerClient

APK_KEY_HASH = "android:apk-key-hash:"
SHA256_BYTES = 32


@dataclass(frozen=True, slots=True)
class NativeApp:
    """A client's app: its ids in the stores, the paths of its redirect addresses on our host, and whether it asks for
    our passkeys."""

    android_package: str
    android_fingerprints: Sequence[str]
    apple_app_ids: Sequence[str]
    claimed_paths: Sequence[str]
    passkeys: bool


def native_apps() -> list[NativeApp]:
    """The apps of every active client that has any, in one statement."""
    clients = PartnerClient.objects.filter(status=ClientStatus.ACTIVE).exclude(android_package="", apple_app_ids="")
    return [
        NativeApp(
            android_package=client.android_package,
            android_fingerprints=client.android_fingerprints.split(),
            apple_app_ids=client.apple_app_ids.split(),
            claimed_paths=_claimed_paths(client.redirect_uris.split()),
            passkeys=client.passkeys_in_app,
        )
        for client in clients.only(
            *("android_package", "android_fingerprints", "apple_app_ids", "redirect_uris", "passkeys_in_app")
        ).order_by("pk")
    ]


def is_origin_of_own_app(origin: str) -> bool:
    """Whether this is how Android names an app of an active client that may ask for our passkeys: by the SHA-256 of the
    certificate that signs it, in base64url."""
    if not origin.startswith(APK_KEY_HASH):
        return False
    try:
        certificate = websafe_decode(origin.removeprefix(APK_KEY_HASH))
    except ValueError:
        return False
    return len(certificate) == SHA256_BYTES and (
        PartnerClient.objects.filter(
            status=ClientStatus.ACTIVE,
            passkeys_in_app=True,
            android_fingerprints__contains=certificate.hex(":").upper(),
        ).exists()
    )


def _claimed_paths(redirect_uris: Sequence[str]) -> list[str]:
    """RFC 8252 §7.2: an app that answers at an https address of ours claims its path, and no other."""
    here = urlsplit(conf.issuer)[:2]
    return [parts.path for uri in redirect_uris if (parts := urlsplit(uri))[:2] == here]
