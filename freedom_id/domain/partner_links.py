"""Addresses that are all the access there is: to an application, and to a secret. Each carries the id of its row and
128 bits that only we can have made of it, so nothing that opens anything is stored."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from enum import StrEnum
from uuid import UUID

from freedom_id.conf import conf
from freedom_id.sealing import digest

ID_LENGTH = 22
PROOF_LENGTH = 22


class PartnerLink(StrEnum):
    """What a link opens; the value is the path before its token."""

    APPLICATION = "/partners/applications/"
    SECRET = "/partners/secret/"


def partner_address(kind: PartnerLink, row_id: UUID) -> str:
    """The absolute address for a mail."""
    return f"{conf.issuer}{kind}{partner_token(kind, row_id)}/"


def partner_token(kind: PartnerLink, row_id: UUID) -> str:
    proof = bytes.fromhex(digest(str(row_id), f"partner-link:{kind.name}"))
    return f"{_text(row_id.bytes)}{_text(proof)[:PROOF_LENGTH]}"


def row_of_token(kind: PartnerLink, token: str) -> UUID | None:
    """The id of the row that this token opens; None for whatever we did not make."""
    try:
        row_id = UUID(bytes=urlsafe_b64decode(f"{token[:ID_LENGTH]}=="))
    except (NotBase64, ValueError):
        return None
    same = hmac.compare_digest(partner_token(kind, row_id).encode(), token.encode("utf-8", "surrogatepass"))
    return row_id if same else None


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
