"""What a message says of the removal of a lost app: when it comes, and the address by which it is stopped without a
sign-in, which can keep the app and nothing else. Short, for it has to fit into a text for a phone."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import timedelta
from uuid import UUID

from freedom_id.conf import conf
from freedom_id.models import FactorRecovery
from freedom_id.sealing import digest

DELAY = timedelta(hours=72)
ID_LENGTH = 22
PROOF_LENGTH = 22


def stop_address(recovery_id: UUID) -> str:
    return f"{conf.issuer}/login/stop/{stop_token(recovery_id)}"


def stop_token(recovery_id: UUID) -> str:
    """The id, and 128 bits that only we can have made of it."""
    proof = bytes.fromhex(digest(str(recovery_id), "recovery-stop"))
    return f"{_text(recovery_id.bytes)}{_text(proof)[:PROOF_LENGTH]}"


def recovery_named(token: str) -> FactorRecovery | None:
    """The recovery that this token is of, whatever became of it."""
    try:
        recovery_id = UUID(bytes=urlsafe_b64decode(f"{token[:ID_LENGTH]}=="))
    except (NotBase64, ValueError):
        return None
    if not hmac.compare_digest(stop_token(recovery_id).encode(), token.encode()):
        return None
    return FactorRecovery.objects.select_related("account").filter(pk=recovery_id).first()


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
