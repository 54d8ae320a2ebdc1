"""Where a gateway reports what became of a message: an address that only who sent the message was told."""

import hmac

from django.urls import reverse

from freedom_id.conf import conf
from freedom_id.sealing import digest


def report_url(gateway: str, message_id: str) -> str:
    return conf.issuer + reverse(
        "freedom_id:delivery_report", args=[gateway, f"{message_id}.{_mac(gateway, message_id)}"]
    )


def reported_message(gateway: str, token: str) -> str | None:
    """The id of the message for which `report_url` made this token, if it did."""
    message_id, _dot, mac = token.rpartition(".")
    genuine = hmac.compare_digest(mac.encode(), _mac(gateway, message_id).encode())
    return message_id if genuine else None


def _mac(gateway: str, message_id: str) -> str:
    return digest(f"{gateway}:{message_id}", "delivery-report")
