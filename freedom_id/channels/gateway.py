"""What gateways behind HTTP share: one bounded request, and its failures as NotTaken."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
import requests

from freedom_id.channels import NotTaken
from freedom_id.outbound import AddressRefused, AddressUnknown, exchange

LONGEST_REST = timedelta(minutes=5)  # a code lives no longer


def post_form(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Mapping[str, Any]:
    """POST a form and return the JSON object of the answer, {} if it is none. Raises NotTaken.

    A server that fails or drops the line may be tried again at once; one that hangs would only be waited for longer.
    """
    sent = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = exchange(url, body=urlencode(form).encode(), headers=sent)
    except requests.Timeout:
        raise NotTaken("no answer in time") from None
    except (requests.RequestException, AddressUnknown) as error:
        raise NotTaken(type(error).__name__, again=True) from None
    except AddressRefused:
        raise NotTaken("the gateway's address is refused") from None
    if not 200 <= answer.status < 300:
        raise _not_taken(answer.status, answer.headers.get("Retry-After", ""))
    return _json_object(answer.body)


class Unauthorized(NotTaken):
    """The gateway does not know us (any more)."""


def _not_taken(status: int, retry_after: str) -> NotTaken:
    if status == 401:
        return Unauthorized("status 401")
    rest = (
        timedelta(seconds=min(int(retry_after), 3600))
        if retry_after.isascii() and retry_after.isdigit()
        else timedelta()
    )
    return NotTaken(f"status {status}", again=status >= 500, retry_after=min(rest, LONGEST_REST))


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
