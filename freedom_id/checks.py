from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import SuspiciousFileOperation

from freedom_id.conf import DEFAULTS, conf
from freedom_id.enums import ProofType

KEY_BYTES = 32
GATEWAYS = {
    "ESKIZ": ("EskizChannel", ("EMAIL", "PASSWORD", "SENDER")),
    "TWILIO": ("TwilioChannel", ("ACCOUNT_SID", "AUTH_TOKEN", "SENDER")),
}
GATEWAY_HINT = "It needs {}, {} and {}, and its URL is https."
PROVIDER_HINT = (
    "facebook_id and google_id have an https ISSUER as the provider writes it, an https JWKS_URI and a list CLIENT_IDS."
)
PROVIDER_TYPES = (ProofType.FACEBOOK, ProofType.GOOGLE)
FCM_MEMBERS = {"project_id", "client_email", "private_key", "token_uri"}
SESSION_LIMITS = "freedom_id.middleware.SessionLimits"
BRAND_HINT = "NAME is a text; STYLE_SHEET and MARK, where they are given, are paths of files that staticfiles finds."


@register()
def check_settings_are_known(**_kwargs: Any) -> list[CheckMessage]:
    unknown = sorted(set(getattr(settings, "FREEDOM_ID", {})) - set(DEFAULTS))
    return [
        Error(f"FREEDOM_ID has no setting {name!r}.", hint="See docs/settings.md.", id="freedom_id.E001")
        for name in unknown
    ]


@register(Tags.security)
def check_keys_are_strong(**_kwargs: Any) -> list[CheckMessage]:
    keys = [*conf.pii_keys.values(), conf.digest_key]
    if not conf.pii_keys or not all(_is_key(key) for key in keys):
        hint = "PII_KEYS and DIGEST_KEY need 32 random bytes each, in base64."
        return [Error("The keys for values at rest are missing or short.", hint=hint, id="freedom_id.E002")]
    return []


@register(Tags.security, deploy=True)
def check_messages_leave_the_house(**_kwargs: Any) -> list[CheckMessage]:
    console_mail = settings.EMAIL_BACKEND.endswith("console.EmailBackend") and any(
        path.endswith("EmailChannel") for path in _paths()
    )
    if console_mail or any(path.endswith("ConsoleChannel") for path in _paths()):
        hint = 'Name real gateways in FREEDOM_ID["CHANNELS"], and a mail server.'
        return [Error("One-time codes are written to the console.", hint=hint, id="freedom_id.E003")]
    return []


@register(Tags.security)
def check_gateways_are_whole(**_kwargs: Any) -> list[CheckMessage]:
    """What is missing would show with the first code that does not arrive."""
    used = {path.rpartition(".")[2] for path in _paths()}
    return [
        Error(f"FREEDOM_ID[{name!r}] is incomplete or unsafe.", hint=GATEWAY_HINT.format(*keys), id="freedom_id.E004")
        for name, (channel, keys) in GATEWAYS.items()
        if channel in used and not _is_whole(getattr(conf, name.lower()), keys)
    ]


@register()
def check_sms_budget(**_kwargs: Any) -> list[CheckMessage]:
    budget = conf.sms_per_day
    numbers = all(isinstance(times, int) and times >= 0 for times in budget.values())
    if "" not in budget or not numbers or not all(country.isdigit() for country in budget if country):
        hint = 'Country calling codes without "+", and "" for every other country, each with a whole number.'
        return [Error('FREEDOM_ID["SMS_PER_DAY"] is not understood.', hint=hint, id="freedom_id.E005")]
    return []


def _paths() -> list[str]:
    return [*conf.channels.values(), *(path for paths in conf.fallbacks.values() for path in paths)]


def _is_whole(gateway: Mapping[str, str], keys: tuple[str, ...]) -> bool:
    return all(gateway.get(key) for key in keys) and _is_safe(gateway.get("URL", "https://"))


def _is_safe(address: str) -> bool:
    """Credentials and keys go over https; over plain http only to or from a machine of ours, as tests do."""
    url = urlsplit(address)
    return url.scheme == "https" or (url.scheme == "http" and url.hostname in {"localhost", "127.0.0.1", "::1"})


@register(Tags.security)
def check_identity_providers(**_kwargs: Any) -> list[CheckMessage]:
    """A text in place of a list of client ids would accept parts of it."""
    return [
        Error(f"The identity provider of {kind!r} is not understood.", hint=PROVIDER_HINT, id="freedom_id.E009")
        for kind, given in conf.identity_providers.items()
        if kind not in PROVIDER_TYPES or not _is_provider(given)
    ]


def _is_provider(given: Any) -> bool:
    if not isinstance(given, Mapping) or set(given) != {"ISSUER", "JWKS_URI", "CLIENT_IDS"}:
        return False
    addresses, client_ids = (given["ISSUER"], given["JWKS_URI"]), given["CLIENT_IDS"]
    listed = isinstance(client_ids, list | tuple) and bool(client_ids)
    texts = listed and all(isinstance(text, str) and text and " " not in text for text in [*addresses, *client_ids])
    return texts and all(_is_safe(address) for address in addresses)


@register()
def check_pushes_have_an_account(**_kwargs: Any) -> list[CheckMessage]:
    missing = sorted(FCM_MEMBERS - conf.fcm.keys())
    if not missing or not conf.channels.get("push", "").endswith("FcmChannel"):
        return []
    hint = "Take them from the key file of the service account."
    return [Error(f'FREEDOM_ID["FCM"] lacks {", ".join(missing)}.', hint=hint, id="freedom_id.E008")]


@register(Tags.security)
def check_sessions_end(**_kwargs: Any) -> list[CheckMessage]:
    if SESSION_LIMITS in settings.MIDDLEWARE:
        return []
    hint = "Put it after AuthenticationMiddleware."
    return [Error(f"MIDDLEWARE lacks {SESSION_LIMITS!r}: sessions would not end.", hint=hint, id="freedom_id.E010")]


@register()
def check_brand(**_kwargs: Any) -> list[CheckMessage]:
    """A file that is not there would fail every page."""
    brand = conf.brand
    files = filter(None, (brand.get("STYLE_SHEET"), brand.get("MARK")))
    if set(brand) == set(DEFAULTS["BRAND"]) and brand["NAME"] and all(_is_static(path) for path in files):
        return []
    return [Error('FREEDOM_ID["BRAND"] is not understood.', hint=BRAND_HINT, id="freedom_id.E011")]


def _is_static(path: str) -> bool:
    try:
        return finders.find(path) is not None
    except SuspiciousFileOperation:
        return False


@register()
def check_own_policies(**_kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f"FREEDOM_ID[{name!r}] is not an https address.", id="freedom_id.E012")
        for name, address in (("POLICY_URL", conf.policy_url), ("TERMS_URL", conf.terms_url))
        if address and not _is_safe(address)
    ]


def _is_key(value: str) -> bool:
    try:
        return len(b64decode(value, validate=True)) == KEY_BYTES
    except ValueError:
        return False
