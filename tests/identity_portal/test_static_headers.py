"""The one static page with inline code is served under its own policy, everything else under that of the pages."""

import re

from django.test import Client

PAGE = "/static/consents/verify-receipt.html"


def test_the_page_that_checks_receipts_keeps_its_own_policy() -> None:
    answer = Client().get(PAGE)
    text = answer.getvalue().decode()
    own = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', text)
    assert own
    assert answer["Content-Security-Policy"] == f"{own[1]}; frame-ancestors 'none'"
    assert "unsafe" not in own[1]
    assert answer["Content-Type"] == 'text/html; charset="utf-8"'


def test_every_other_file_has_the_policy_of_the_pages() -> None:
    answer = Client().get("/static/freedom_id/freedom_id.css")
    assert answer.getvalue()
    assert "script-src 'self'" in answer["Content-Security-Policy"]
