from base64 import b64decode
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from freedom_id.conf import DEFAULTS, conf

KEY_BYTES = 32
FCM_MEMBERS = {"project_id", "client_email", "private_key", "token_uri"}


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
        path.endswith("EmailChannel") for path in conf.channels.values()
    )
    if console_mail or any(path.endswith("ConsoleChannel") for path in conf.channels.values()):
        hint = 'Name real gateways in FREEDOM_ID["CHANNELS"], and a mail server.'
        return [Error("One-time codes are written to the console.", hint=hint, id="freedom_id.E003")]
    return []


@register()
def check_pushes_have_an_account(**_kwargs: Any) -> list[CheckMessage]:
    missing = sorted(FCM_MEMBERS - conf.fcm.keys())
    if not missing or not conf.channels.get("push", "").endswith("FcmChannel"):
        return []
    hint = "Take them from the key file of the service account."
    return [Error(f'FREEDOM_ID["FCM"] lacks {", ".join(missing)}.', hint=hint, id="freedom_id.E008")]


def _is_key(value: str) -> bool:
    try:
        return len(b64decode(value, validate=True)) == KEY_BYTES
    except ValueError:
        return False
