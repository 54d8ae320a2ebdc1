"""Phones and browsers of a person at the door: an app signs in, registers, and is perhaps trusted."""

from dataclasses import dataclass
from typing import Any

from freedom_id.models import Account, Device
from tests.freedom_id.identity_v4.parties import Party, call, first_party, payload

SCOPE = "openid account"


@dataclass
class Handset:
    """An app of the group on one device of the person, with its own tokens."""

    party: Party
    token: str
    id: str
    key: str

    @property
    def row(self) -> Device:
        return Device.objects.get(pk=self.id)

    def call(self, method: str, tail: str, body: Any = None) -> Any:
        return call(method, self.party.path(tail), self.token, body)

    def ask(self, **body: Any) -> dict[str, Any]:
        """Ask for a second factor; the data of the answer."""
        found: dict[str, Any] = payload(self.call("POST", "2fa", {"method": "notification"} | body), "data")
        return found

    def answer(self, asked: dict[str, Any], approved: Any = 1, **more: Any) -> Any:
        known = {"challenge_id": asked["challenge_id"], "is_approved": approved, "device_id": self.id}
        return self.call("POST", "2fa", {**known, **more})

    def poll(self, asked: dict[str, Any]) -> Any:
        return payload(self.call("GET", f"2fa/{asked['challenge_id']}"), "data")


def handset(portal: Party, *, trusted: bool = False, **told: Any) -> Handset:
    token = portal.token(SCOPE)
    body = {"device_id": "sdk-1", "device_model": "iPhone7,2", "device_model_name": "iPhone 7"} | told
    data = payload(call("POST", portal.path("devices"), token, body), "data")
    found = Handset(portal, token, data["device_id"], data.get("device_key", ""))
    if trusted:
        assert found.call("PATCH", f"devices/{found.id}", {"trusted": True}).status_code == 200
    return found


def at_home(account: Account | None = None, **stated: Any) -> tuple[Handset, Handset]:
    """A trusted phone, and one that was just signed in on."""
    portal = first_party(account=account, **stated)
    phone = handset(portal, trusted=True)
    return phone, handset(portal, device_id="sdk-2", device_model_name="Galaxy")
