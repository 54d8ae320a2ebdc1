"""Applications of partners, made the way production makes them."""

import itertools
import struct
import zlib
from typing import Any

from django.contrib.auth.models import Group

from freedom_id.domain.application_checks import check_application
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.partner_applications import (
    Stated,
    accept_application,
    ask_to_go_live,
    begin_application,
    go_live,
    send_application,
)
from freedom_id.domain.partner_links import PartnerLink, partner_token
from freedom_id.enums import CredentialType
from freedom_id.models import Account, PartnerApplication

CONTACT = "contact@shop.example"
_numbers = itertools.count(1)


def png(side: int = 64, *, height: int = 0, more: bytes = b"") -> bytes:
    """A green square; `more` stands before its pixels."""
    height = height or side
    lines = (b"\0" + b"\x0b\x6b\x55" * side) * height
    header = struct.pack(">IIBBBBB", side, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(lines))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + more + pixels + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)


def stated(**changes: Any) -> Stated:
    known: dict[str, Any] = {
        "name": "Aral Market",
        "legal_name": "Aral Market LLC",
        "website": "http://127.0.0.1:9/",
        "contact_name": "Gulnora Contact",
        "platforms": ["web"],
        "purposes": {"read.firstname": "To greet the customer", "read.email": "To send the receipt"},
        "required_grants": ["read.firstname"],
        "redirect_uris": ["http://127.0.0.1:9/callback"],
        "policy_url": "http://127.0.0.1:9/privacy",
        "logo": png(),
    }
    return Stated(**known | changes)


def draft(mailbox: str = "") -> PartnerApplication:
    contact = Identifier(CredentialType.EMAIL, mailbox or f"contact{next(_numbers)}@shop.example")
    begin_application(
        name="Aral",
        contact_name="Gulnora Contact",
        contact=contact,
        language="en",
        ip=f"192.0.2.{next(_numbers) % 256}",
    )
    return PartnerApplication.objects.latest("created_at")


def in_review(**changes: Any) -> PartnerApplication:
    """Sent and checked; nothing listens at its addresses."""
    application = draft()
    send_application(application, stated(**changes))
    check_application(str(application.pk))
    application.refresh_from_db()
    return application


def in_sandbox(**changes: Any) -> PartnerApplication:
    application = in_review(**changes)
    accept_application(application, by=manager())
    return application


def live(**changes: Any) -> PartnerApplication:
    application = in_sandbox(**changes)
    ask_to_go_live(application, by=manager())
    go_live(application, by=manager())
    return application


def manager() -> Account:
    account = Account.objects.create_account(is_staff=True)
    account.groups.add(Group.objects.get(name="Partner manager"))
    return account


def token_of(application: PartnerApplication) -> str:
    return partner_token(PartnerLink.APPLICATION, application.pk)
