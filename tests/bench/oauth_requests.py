"""Requests of the standard door, and the same of django-oauth-toolkit as it comes."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from urllib.parse import urlencode

from tests.bench.load import http
from tests.bench.rows import make_codes, make_rows, make_tokens
from tests.compliance.standard_door import FORM, VERIFIER
from tests.factories.people import REDIRECT_URI

Source = Callable[[], Iterator[bytes]]
INTROSPECTED = 500


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def form(path: str, authorization: str, **fields: str) -> bytes:
    return http("POST", path, authorization=authorization, body=urlencode(fields).encode(), content_type=FORM)


def own_sources(number: int) -> dict[str, Source]:
    """Of ours; what is spent is there `number` times."""
    rows = make_rows()
    credentials = basic(rows.client.client_id, rows.secret)
    access, refresh = make_tokens(rows, number, standard=True)
    asked = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    spent_codes = iter(
        form("/oauth2/token", credentials, code=code, **asked) for code in make_codes(rows, number, standard=True)
    )
    spent_refresh = iter(
        form("/oauth2/token", credentials, grant_type="refresh_token", refresh_token=token) for token in refresh
    )
    own = cycle([form("/oauth2/token", credentials, grant_type="client_credentials")])
    userinfo = cycle([http("GET", "/oauth2/userinfo", authorization=f"Bearer {token}") for token in access[:1000]])
    introspection = cycle([form("/oauth2/introspect", credentials, token=token) for token in access[:INTROSPECTED]])
    return {
        "Code and ID token": lambda: spent_codes,
        "Client credentials": lambda: own,
        "Refresh and ID token": lambda: spent_refresh,
        "Userinfo": lambda: userinfo,
        "Introspection": lambda: introspection,
    }


def stock_sources(number: int) -> dict[str, Source]:
    """Of the toolkit's, after its rows are made by a process of its own: it has other settings."""
    command = [sys.executable, "-m", "tests.bench.stock_toolkit", str(number)]
    rows = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    by_code, by_itself = (basic(rows[name], rows["secret"]) for name in ("code_client", "own_client"))
    asked = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    codes = iter(form("/o/token/", by_code, code=code, **asked) for code in rows["codes"])
    credentials = cycle([form("/o/token/", by_itself, grant_type="client_credentials", scope="read")])
    refresh = iter(
        form("/o/token/", by_code, grant_type="refresh_token", refresh_token=token) for token in rows["refresh"]
    )
    userinfo = cycle([http("GET", "/o/userinfo/", authorization=f"Bearer {token}") for token in rows["tokens"]])
    introspection = cycle([form("/o/introspect/", by_code, token=token) for token in rows["tokens"]])
    return {
        "Code and ID token": lambda: codes,
        "Client credentials": lambda: credentials,
        "Refresh and ID token": lambda: refresh,
        "Userinfo": lambda: userinfo,
        "Introspection": lambda: introspection,
    }
