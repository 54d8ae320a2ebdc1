"""Time-based one-time passwords with the parameters that every authenticator app takes: SHA-1, six digits, 30 s."""

import hmac
from base64 import b32decode, b32encode
from datetime import datetime
from secrets import token_bytes
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226 §4 R6: 160 bits recommended
DRIFT = (0, -1, 1)  # RFC 6238 §5.2: at most one time step of network delay


def draw_secret() -> str:
    """A shared secret in base32."""
    return b32encode(token_bytes(SECRET_BYTES)).decode()


def code_of_step(secret: str, step: int) -> str:
    """RFC 4226 §5.3, with the step as the counter (RFC 6238 §4.2)."""
    mac = hmac.digest(b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of_code(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, at most one away from the present; None for a wrong one."""
    present = int(now.timestamp()) // STEP_SECONDS
    right = [
        s for s in (present + d for d in DRIFT) if hmac.compare_digest(code_of_step(secret, s).encode(), code.encode())
    ]
    return right[0] if right else None


def otpauth_uri(secret: str, *, issuer: str, name: str) -> str:
    """What an app reads from a QR code."""
    query = urlencode(
        {"secret": secret, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_SECONDS},
        quote_via=quote,
    )
    return f"otpauth://totp/{quote(issuer)}:{quote(name)}?{query}"
