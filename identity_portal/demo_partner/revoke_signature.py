"""Is a revoke callback from Freedom ID? `X-Signature: t=<unix seconds>,v1=<hex>` (two `v1` while the secret changes):
HMAC-SHA256 over `t.body` with a key that both sides derive from the partner's secret: HMAC-SHA256(secret, "callback"),
in hex."""

import hmac
import time

TOLERANCE_SECONDS = 300


def signature_is_right(header: str, body: bytes, secret: str) -> bool:
    """Whether `header` signs `body`, not more than five minutes ago."""
    parts = [part.partition("=")[::2] for part in header.split(",")]
    moment = dict(parts).get("t", "")
    if not moment.isascii() or not moment.isdigit() or abs(time.time() - int(moment)) > TOLERANCE_SECONDS:
        return False
    key = hmac.digest(secret.encode(), b"callback", "sha256").hex()
    expected = hmac.digest(key.encode(), moment.encode() + b"." + body, "sha256").hex()
    given = [value for name, value in parts if name == "v1"]
    return any(hmac.compare_digest(expected.encode(), value.encode()) for value in given)
