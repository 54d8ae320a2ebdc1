"""Which addresses a partner may register, and that only a registered one is used: threat A1 of the security notes."""

import pytest

from freedom_id.domain.client_registration import redirect_uri_problem
from freedom_id.domain.links import redirect_uri_registered

URI = "https://partner.example/callback?from=freedom"


@pytest.mark.parametrize(
    "uri",
    [
        "https://partner.example.evil.example/callback?from=freedom",
        "https://partner.example@evil.example/callback?from=freedom",
        "https://partner.example\\@evil.example/callback?from=freedom",
        "https://partner.example/x/../callback?from=freedom",
        "https://partner.example/callback?from=freedom#x",
        "https://partner.example/callback?from=freedom&x=1",
        "https://partner.example/callback?from=Freedom",
        "https://PARTNER.example/callback?from=freedom",
        "https://partner.example:443/callback?from=freedom",
        "http://partner.example/callback?from=freedom",
        "https://partner.example/callback%3Ffrom=freedom",
        "https://partner.example/callback?from=freedom\x00",
        "https://partner.example/callback?from=freedom\r\n",
        "https://partner。example/callback?from=freedom",
        "https://partner.example/callback",
        "https://partner.example/*",
        "",
    ],
)
@pytest.mark.parametrize("native", [False, True])
def test_only_the_very_same_address_is_registered(uri: str, native: bool) -> None:
    assert redirect_uri_registered(URI, f"https://x.example/ {URI}", native=native)
    assert not redirect_uri_registered(uri, f"https://x.example/ {URI}", native=native)


@pytest.mark.parametrize(
    ("uri", "good"),
    [
        ("http://127.0.0.1:51004/cb", True),
        ("http://127.0.0.1/cb", True),
        ("http://127.0.0.1:51004/other", False),
        ("http://localhost:51004/cb", False),
        ("http://user@127.0.0.1:51004/cb", False),
        ("https://127.0.0.1:51004/cb", False),
        ("http://127.0.0.1:99999/cb", False),
        ("http://127.0.0.1.evil.example:51004/cb", False),
    ],
)
def test_a_native_apps_loopback_port_is_free_and_nothing_else(uri: str, good: bool) -> None:
    assert redirect_uri_registered(uri, "http://127.0.0.1:8000/cb", native=True) is good
    assert not redirect_uri_registered(uri, "http://127.0.0.1:8000/cb", native=False)


@pytest.mark.parametrize("uri", [URI, "http://localhost:3000/cb", "http://[::1]:3000/cb"])
def test_addresses_that_may_be_registered(uri: str) -> None:
    assert redirect_uri_problem(uri, native=False) == ""


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "http://partner.example/cb",
            "https:///cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "/cb",
            "",
            "https://[",
        ),
        *("https://*.example/cb", "https://u:p@partner.example/cb", "https://partner.example/#x", "https://a b/"),
        *("com.example.app:/cb", "myapp://cb"),
    ],
)
def test_addresses_that_may_not_be_registered(uri: str) -> None:
    assert redirect_uri_problem(uri, native=False)


def test_a_native_app_may_use_its_private_scheme_in_reverse_domain_form() -> None:
    assert redirect_uri_problem("com.example.app:/cb", native=True) == ""
    assert redirect_uri_problem("myapp://cb", native=True)
