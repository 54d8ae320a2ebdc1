"""A private address in a message of the log loses what makes it one."""

import logging

from identity_portal.logs import WithoutPrivateAddresses


def said(message: str, *args: object) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, message, args, None)
    assert WithoutPrivateAddresses().filter(record)
    return record.getMessage()


def test_the_token_is_left_out_and_everything_else_stays() -> None:
    assert said("%s: %s", "Bad Request", "/partners/applications/A1b2/edit/") == (
        "Bad Request: /partners/applications/…/edit/"
    )
    assert said("Not Found: /partners/secret/A1b2/ (again)") == "Not Found: /partners/secret/…/ (again)"
    assert said("Not Found: %s", "/partners/errors/") == "Not Found: /partners/errors/"
