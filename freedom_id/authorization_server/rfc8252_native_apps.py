"""Which apps may open our addresses and use our passkeys, as Android and Apple ask (RFC 8252 §7.2, appendix B)."""

from collections.abc import Iterable
from typing import Any

from freedom_id.domain.native_apps import NativeApp

HANDLE_URLS = "delegate_permission/common.handle_all_urls"
LOGIN_CREDENTIALS = "delegate_permission/common.get_login_creds"


def asset_links(apps: Iterable[NativeApp]) -> list[dict[str, Any]]:
    """Digital Asset Links: a statement for each Android app to which anything is left."""
    return [
        {
            "relation": relation,
            "target": {
                "namespace": "android_app",
                "package_name": app.android_package,
                "sha256_cert_fingerprints": list(app.android_fingerprints),
            },
        }
        for app in apps
        if app.android_package and (relation := _relation(app))
    ]


def apple_app_site_association(apps: Iterable[NativeApp]) -> dict[str, Any]:
    """Apple's file: the claimed paths of each app, and the apps that use our passkeys."""
    known = [app for app in apps if app.apple_app_ids]
    return {
        "applinks": {
            "details": [
                {"appIDs": list(app.apple_app_ids), "components": [{"/": path} for path in app.claimed_paths]}
                for app in known
                if app.claimed_paths
            ]
        },
        "webcredentials": {"apps": [app_id for app in known if app.passkeys for app_id in app.apple_app_ids]},
    }


def _relation(app: NativeApp) -> list[str]:
    return ([HANDLE_URLS] if app.claimed_paths else []) + ([LOGIN_CREDENTIALS] if app.passkeys else [])
