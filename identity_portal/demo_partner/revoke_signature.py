"""Is a revoke callback from Freedom ID? `X-Signature: t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `t.body` with a key
that both sides derive from the partner's secret, HMAC-SHA256(secret, "callback") in hex."""

import hmac
import time

TOLERANCE_SECONDS = 300


def signature_is_right(header: str, body: bytes, secret: str) -> bool:
    """Whether `header` signs `body`, not more than five minutes ago."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    moment, given = parts.get("t", ""), parts.get("v1", "")
    if not moment.isascii() or not moment.isdigit() or abs(time.time() - int(moment)) > TOLERANCE_SECONDS:
        return False
    key = hmac.digest(secret.encode(), b"callback", "sha256").hex()
    expected = hmac.digest(key.encode(), moment.encode() + b"." + body, "sha256").hex()
    return hmac.compare_digest(expected.encode(), given.encode())
