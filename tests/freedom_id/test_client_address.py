from typing import Any

import pytest
from django.test import RequestFactory

from freedom_id.client_address import client_ip


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "", "192.0.2.1"),
        (0, "203.0.113.5", "192.0.2.1"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "6.6.6.6, 203.0.113.5", "203.0.113.5"),
        (2, "6.6.6.6, 203.0.113.5, 10.0.0.2", "203.0.113.5"),
        (2, "203.0.113.5", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "unknown", "192.0.2.1"),
        (1, "203.0.113.5, ", "192.0.2.1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "9" * 10_000, "192.0.2.1"),
    ],
)
def test_a_forwarded_address_counts_as_far_as_our_proxies_wrote_it(
    settings: Any, proxies: int, forwarded: str, seen: str
) -> None:
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "TRUSTED_PROXIES": proxies}
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_ip(RequestFactory().get("/", headers=headers, REMOTE_ADDR="192.0.2.1")) == seen


def test_a_caller_behind_a_unix_socket_still_has_an_address() -> None:
    assert client_ip(RequestFactory().get("/", REMOTE_ADDR="")) == "0.0.0.0"
