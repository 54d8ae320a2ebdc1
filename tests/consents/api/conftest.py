from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from django.test import Client

from consents.models import Subject
from tests.consents.acts import CLIENT

JSON = "application/json"


@dataclass(frozen=True)
class Door:
    """The door as `client` sees it, who may ask about these people."""

    people: tuple[Subject, ...]
    client: str = CLIENT

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": " ".join([self.client, *(str(subject.account_id) for subject in self.people)])}

    def get(self, names: str = "p", **query: Any) -> Any:
        return Client().get("/consents/v1/check", {"names": names, **query}, headers=self.headers)

    def fetch(self, path: str, *, accept: str = "*/*", **query: Any) -> Any:
        return Client().get(f"/consents/v1/{path}", query, headers=self.headers | {"Accept": accept})

    def post(self, path: str, body: Any) -> Any:
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        return Client().post(f"/consents/v1/{path}", data, JSON, headers=self.headers)

    def decision(self, name: str = "p", **query: Any) -> dict[str, Any]:
        response = self.get(name, **query)
        assert response.status_code == 200, response.content
        return dict(response.json()["decisions"][0])

    def reason(self, name: str = "p", **query: Any) -> str:
        return str(self.decision(name, **query)["reason"])


def refused(response: Any) -> tuple[int, str]:
    """Status and code of an answer in the one error shape."""
    assert set(response.json()) == {"error"}
    assert set(response.json()["error"]) == {"code", "message"}
    return response.status_code, response.json()["error"]["code"]


@pytest.fixture(autouse=True)
def the_app_alone(settings: Any, no_settings: None) -> None:
    settings.ROOT_URLCONF = "tests.consents.api.urls"
    settings.CONSENTS = {"CALLER": "tests.consents.api.callers.by_header"}


@pytest.fixture
def signed(settings: Any, the_app_alone: None) -> None:
    """Receipts are signed."""
    settings.CONSENTS = {**settings.CONSENTS, "SIGNER": "tests.consents.signing.sign"}


@pytest.fixture
def door(subject: Subject) -> Door:
    return Door((subject,))
