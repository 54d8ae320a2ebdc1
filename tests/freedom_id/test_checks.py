from base64 import b64encode
from typing import Any

import pytest
from django.core.checks import run_checks

GOOD = b64encode(bytes(32)).decode()


def ids(settings: Any, *, deploy: bool = False, **changed: Any) -> set[str]:
    """Our own messages under changed settings."""
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, **changed}
    return {str(m.id) for m in run_checks(include_deployment_checks=deploy) if str(m.id).startswith("freedom_id.")}


def test_the_suites_settings_are_in_order(settings: Any) -> None:
    assert ids(settings) == set()


def test_a_setting_that_nobody_knows_is_an_error(settings: Any) -> None:
    assert ids(settings, PII_KEY={}) == {"freedom_id.E001"}


@pytest.mark.parametrize(
    "changed",
    [
        {"PII_KEYS": {}},
        {"PII_KEYS": {"k": GOOD, "short": b64encode(bytes(31)).decode()}},
        {"PII_KEYS": {"k": "no base64!"}},
        {"PII_KEYS": {"k": GOOD[:-1] + "ü"}},
        {"DIGEST_KEY": ""},
        {"DIGEST_KEY": b64encode(bytes(16)).decode()},
    ],
)
def test_a_missing_or_short_key_is_an_error(settings: Any, changed: dict[str, Any]) -> None:
    assert ids(settings, **changed) == {"freedom_id.E002"}


def test_codes_on_the_console_are_an_error_of_deployment_alone(settings: Any) -> None:
    channels = {"sms": "freedom_id.channels.console.ConsoleChannel"}
    assert ids(settings, CHANNELS=channels) == set()
    assert ids(settings, CHANNELS=channels, deploy=True) == {"freedom_id.E003"}


def test_pushes_without_an_account_of_google_are_an_error(settings: Any) -> None:
    channels = {"push": "freedom_id.domain.fcm.FcmChannel"}
    account = dict.fromkeys(("project_id", "client_email", "private_key", "token_uri"), "x")
    assert ids(settings, CHANNELS=channels) == {"freedom_id.E008"}
    assert ids(settings, CHANNELS=channels, FCM=account) == set()
