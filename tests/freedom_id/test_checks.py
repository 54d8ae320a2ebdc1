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
    named = {"sms": ["freedom_id.channels.console.ConsoleChannel"]}
    assert ids(settings, CHANNELS={}, FALLBACKS=named, deploy=True) == {"freedom_id.E003"}


ESKIZ = {"EMAIL": "it@portal.example", "PASSWORD": "p", "SENDER": "4546"}
TWILIO = {"ACCOUNT_SID": "AC1", "AUTH_TOKEN": "t", "SENDER": "+15005550006"}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"ESKIZ": ESKIZ}, set()),
        ({"ESKIZ": {**ESKIZ, "URL": "https://sms.example/api"}}, set()),
        ({"ESKIZ": {**ESKIZ, "URL": "http://127.0.0.1:9999"}}, set()),
        ({"ESKIZ": {**ESKIZ, "URL": "http://sms.example/api"}}, {"freedom_id.E004"}),
        ({"ESKIZ": {**ESKIZ, "URL": "http://127.0.0.1.example"}}, {"freedom_id.E004"}),
        ({"ESKIZ": {**ESKIZ, "PASSWORD": ""}}, {"freedom_id.E004"}),
        ({"ESKIZ": {}}, {"freedom_id.E004"}),
        ({"ESKIZ": ESKIZ, "FALLBACKS": {"sms": ["freedom_id.channels.twilio.TwilioChannel"]}}, {"freedom_id.E004"}),
        (
            {"ESKIZ": ESKIZ, "TWILIO": TWILIO, "FALLBACKS": {"sms": ["freedom_id.channels.twilio.TwilioChannel"]}},
            set(),
        ),
    ],
)
def test_a_gateway_in_use_is_whole_and_reached_safely(settings: Any, changed: dict[str, Any], found: set[str]) -> None:
    assert ids(settings, **({"CHANNELS": {"sms": "freedom_id.channels.eskiz.EskizChannel"}} | changed)) == found


@pytest.mark.parametrize("budget", [{}, {"998": 5}, {"": -1}, {"": "5"}, {"": 5, "+998": 5}])
def test_a_budget_that_is_not_understood_is_an_error(settings: Any, budget: dict[str, Any]) -> None:
    assert ids(settings, SMS_PER_DAY={"": 0, "998": 5}) == set()
    assert ids(settings, SMS_PER_DAY=budget) == {"freedom_id.E005"}


def test_pushes_without_an_account_of_google_are_an_error(settings: Any) -> None:
    channels = {"push": "freedom_id.channels.fcm.FcmChannel"}
    account = dict.fromkeys(("project_id", "client_email", "private_key", "token_uri"), "x")
    assert ids(settings, CHANNELS=channels) == {"freedom_id.E008"}
    assert ids(settings, CHANNELS=channels, FCM=account) == set()


PROVIDER = {
    "ISSUER": "https://accounts.google.com",
    "JWKS_URI": "https://www.googleapis.com/certs",
    "CLIENT_IDS": ["a"],
}


@pytest.mark.parametrize(
    "providers",
    [
        {"apple_id": PROVIDER},
        {"google_id": PROVIDER | {"CLIENT_IDS": "a.apps.example"}},
        {"google_id": PROVIDER | {"CLIENT_IDS": []}},
        {"google_id": PROVIDER | {"CLIENT_IDS": [""]}},
        {"google_id": PROVIDER | {"ISSUER": "accounts.google.com"}},
        {"google_id": PROVIDER | {"ISSUER": "https://accounts.google.com x"}},
        {"google_id": PROVIDER | {"JWKS_URI": "http://www.googleapis.com/certs"}},
        {"google_id": PROVIDER | {"SECRET": "x"}},
        {"google_id": {"ISSUER": "https://accounts.google.com"}},
        {"google_id": "https://accounts.google.com"},
    ],
    ids=["type", "text", "none", "empty", "scheme", "space", "plain", "more", "less", "no mapping"],
)
def test_an_identity_provider_that_is_not_understood_is_an_error(settings: Any, providers: dict[str, Any]) -> None:
    assert ids(settings, IDENTITY_PROVIDERS={"google_id": PROVIDER, "facebook_id": PROVIDER}) == set()
    assert ids(settings, IDENTITY_PROVIDERS=providers) == {"freedom_id.E009"}


def test_without_the_ends_of_sessions_is_an_error(settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith("SessionLimits")]
    assert ids(settings) == {"freedom_id.E010"}


@pytest.mark.parametrize(
    "brand",
    [
        {"NAME": ""},
        {"COLOUR": "#1d4ed8"},
        {"STYLE_SHEET": "brand/none.css"},
        {"STYLE_SHEET": "/freedom_id/freedom_id.css"},
        {"MARK": "https://steppe.example/mark.svg"},
    ],
    ids=["no name", "unknown", "not there", "no path of a static file", "elsewhere"],
)
def test_a_brand_that_is_not_understood_is_an_error(settings: Any, brand: dict[str, str]) -> None:
    assert ids(settings, BRAND={"NAME": "Steppe", "MARK": "freedom_id/mark.svg"}) == set()
    assert ids(settings, BRAND=brand) == {"freedom_id.E011"}


def test_the_operators_policies_are_https_addresses(settings: Any) -> None:
    assert ids(settings, POLICY_URL="https://portal.example/privacy", TERMS_URL="https://portal.example/terms") == set()
    assert ids(settings, POLICY_URL="javascript:alert(1)") == {"freedom_id.E012"}
    assert ids(settings, POLICY_URL="", TERMS_URL="/terms") == {"freedom_id.E012"}
