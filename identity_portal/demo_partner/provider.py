"""Freedom ID as its documentation describes it: six calls over HTTP. This is what a partner writes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from django.conf import settings

NAME = "Aral Market"
TIMEOUT_SECONDS = 5


class ProviderRefused(Exception):
    """Freedom ID answered with an error, or not at all; `status` is 0 then."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


@dataclass(frozen=True)
class Provider:
    """Where Freedom ID is, and who the shop is there."""

    base_url: str
    client_id: str
    secret: str
    redirect_uri: str

    def link(self, **fields: Any) -> str:
        """The address of the login page for what `fields` ask: grants, state, code_challenge, locale."""
        body = {"redirect_uri": self.redirect_uri, **fields}
        answer = self._call("POST", "authorize", auth=(self.client_id, self.secret), json=body)
        return str(answer["redirect_uri"])

    def exchange(self, code: str, code_verifier: str) -> dict[str, Any]:
        body = {"authorization_code": code, "code_verifier": code_verifier}
        return self._call("POST", "token", auth=(self.client_id, self.secret), json=body)

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        return self._call("PATCH", "token", headers=_bearer(refresh_token))

    def info(self, access_token: str) -> dict[str, Any]:
        return self._call("GET", "user", headers=_bearer(access_token))

    def request_profile(self, access_token: str, request_id: str) -> dict[str, Any]:
        return self._call("POST", "get-profile", headers=_bearer(access_token), json={"request_id": request_id})

    def profile_status(self, access_token: str, request_id: str) -> dict[str, Any]:
        headers, params = _bearer(access_token), {"request_id": request_id}
        return self._call("GET", "get-profile/status", headers=headers, params=params)

    def _call(self, method: str, name: str, **rest: Any) -> dict[str, Any]:
        url = f"{self.base_url}/api/v1/oauth/{name}"
        try:
            answer = requests.request(method, url, timeout=TIMEOUT_SECONDS, allow_redirects=False, **rest)
            if not answer.ok:
                raise ProviderRefused(answer.status_code)
            body: dict[str, Any] = answer.json()
        except requests.RequestException as error:
            raise ProviderRefused(0) from error
        return body


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def provider() -> Provider:
    """What the shop was given at its registration, from `demo.json`. Raises ProviderRefused when it never was."""
    path = Path(settings.VAR_DIR) / "demo.json"
    if not path.exists():
        raise ProviderRefused(0)
    known = json.loads(path.read_text())
    own = next(row for row in known["partners"] if row["name"] == NAME)
    return Provider(known["base_url"], own["client_id"], own["secret"], own["redirect_uris"][0])
