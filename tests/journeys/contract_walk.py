"""A person's whole way at the Identity door, by one who knows the published contract and a socket, and nothing of this
project (tests/architecture/test_imports.py): her app opens her an account, she signs in, adds a credential, approves a
second device, shares with a shop and stops."""

import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

NUMBER, MAILBOX, PASSWORD = "+998935550199", "aziza@mail.example", "a river of seven stones"
JWT = "urn:ietf:params:oauth:token-type:jwt"
SECONDS = 20


@dataclass(frozen=True)
class Client:
    """What staff hands over when it registers one. `number` is the integer of the Identity door."""

    id: str
    number: int
    secret: str
    redirect_uri: str = ""

    @property
    def basic(self) -> tuple[str, str]:
        return self.id, self.secret


class Forms(HTMLParser):
    """The forms of a page: the action, the fields as they stand, and the names of boxes that may be ticked."""

    def __init__(self, page: requests.Response) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, Any], dict[str, list[str]]]] = []
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.found.append((given.get("action") or "", {}, {}))
        elif self.found and name and given.get("type") == "checkbox":
            self.found[-1][2].setdefault(name, []).append(value)
        elif self.found and name and tag in {"input", "button"}:
            self.found[-1][1].setdefault(name, value)


@dataclass
class Walk:
    """`wait` lets the seconds pass that `Retry-After` names."""

    portal: str
    opener: Client
    app: Client
    shop: Client
    wait: Callable[[float], None] = time.sleep
    account: int = 0
    tokens: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, token: str = "", body: Any = None, *, status: int = 200) -> Any:
        """The body of the answer; with the operator's own credentials where no device's token is named."""
        headers = {"Authorization": f"Bearer {self.tokens[token]}"} if token else {}
        auth = None if token else self.opener.basic
        url = f"{self.portal}/identity/v4/{path}"
        answer = requests.request(method, url, json=body, headers=headers, auth=auth, timeout=SECONDS)
        if answer.status_code == 429:
            self.wait(float(answer.headers["Retry-After"]))
            answer = requests.request(method, url, json=body, headers=headers, auth=auth, timeout=SECONDS)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json()

    def own(self, tail: str) -> str:
        return f"accounts/{self.account}/{tail}"

    def code_sent_to(self, address: str, reference: str) -> str:
        """The six digits of the message with this reference, out of the demo's inbox."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            inbox = requests.get(f"{self.portal}/demo/inbox.json", params={"to": address}, timeout=SECONDS).json()
            for text in (message["text"] for message in inbox["messages"]):
                if reference in text:
                    return re.findall(r"\d{6}", text)[0]
            time.sleep(0.1)
        raise AssertionError("no message arrived")

    def prove(self, path: str, otp: dict[str, Any], address: str, token: str = "") -> dict[str, Any]:
        """Row 1."""
        reference = otp["inputs"]["ref_code"]
        inputs = {"ref_code": reference, "password": self.code_sent_to(address, reference)}
        body = {"status": "verifying", "inputs": inputs}
        answer = self.call("PUT", f"{path}/{otp['otp_id']}", token, body)
        assert (answer["platform_module"], answer["data"]["status"]) == (1109, "verified")
        found: dict[str, Any] = answer["data"]
        return found

    def sign_up(self) -> None:
        """Create the account, prove the number, set the password."""
        person = {"mobile": NUMBER, "firstname": "Aziza", "lastname": "Karimova"}
        begun = self.call("POST", "accounts", body=person, status=201)["data"]
        self.account = self.prove(f"accounts/{begun['id']}/otps", begun["otp"], NUMBER)["account_id"]
        password = {"type": "password", "value": PASSWORD}
        self.call("POST", self.own("credentials"), body=password, status=201)

    def sign_in(self, device: str) -> None:
        """By password in a browser of its own, with PKCE; the app's token."""
        verifier, state = token_urlsafe(48), token_urlsafe(16)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {"response_type": "code", "client_id": self.app.id, "redirect_uri": self.app.redirect_uri}
        query |= {"scope": "openid account consents", "state": state}
        query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        with requests.Session() as browser:
            back = self.through_the_pages(browser, query)
        returned = parse_qs(urlsplit(back).query)
        assert returned["state"] == [state]
        grant = {"grant_type": "authorization_code", "code": returned["code"][0], "code_verifier": verifier}
        grant |= {"redirect_uri": self.app.redirect_uri}
        answer = requests.post(f"{self.portal}/oauth2/token", grant, auth=self.app.basic, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        self.tokens[device] = answer.json()["access_token"]

    def through_the_pages(self, browser: requests.Session, query: dict[str, str]) -> str:
        """Fill in what is asked, agree to everything; the address outside to which the browser is sent."""
        method, url, data = "GET", f"{self.portal}/oauth2/authorize", dict[str, Any]()
        known = {"identifier": NUMBER, "password": PASSWORD, "decision": "allow"}
        for _step in range(12):
            page = browser.request(
                method, url, params=query, data=data, headers={"Referer": url}, allow_redirects=False, timeout=SECONDS
            )
            query = {}
            if page.is_redirect:
                method, url, data = "GET", urljoin(url, page.headers["Location"]), {}
                if not url.startswith(f"{self.portal}/"):
                    return url
                continue
            action, fields, boxes = next(form for form in Forms(page).found if set(known) & set(form[1]))
            given = {name: value for name, value in known.items() if name in fields}
            method, url, data = "POST", urljoin(url, action or url), fields | boxes | given
        raise AssertionError("the pages did not end")

    def add_mailbox(self, token: str) -> None:
        """Rows 14, 16, 15: another credential, after a second proof of the first."""
        self.prove(self.own("otps"), self.code("sms", "step_up", token), NUMBER, token)
        new = {"type": "email", "value": MAILBOX}
        credential = self.call("POST", self.own("credentials"), token, new, status=201)["data"]["id"]
        otp = self.code("email", "credential", token, address=MAILBOX)
        proven = {"otp_id": self.prove(self.own("otps"), otp, MAILBOX, token)["otp_id"]}
        self.call("PUT", self.own(f"credentials/{credential}"), token, proven)
        listed = self.call("GET", self.own("credentials"), token)["data"]
        assert {row["type"] for row in listed if row["status"] == "active"} == {"password", "mobile", "email"}

    def code(self, channel: str, purpose: str, token: str, **more: str) -> dict[str, Any]:
        asked = {"channel": channel, "purpose": purpose, **more}
        found: dict[str, Any] = self.call("POST", self.own("otps"), token, asked, status=201)["data"]
        return found

    def register(self, token: str) -> str:
        """Row 10."""
        told = {"device_id": f"sdk-{token}", "device_model_name": token}
        return str(self.call("POST", self.own("devices"), token, told)["data"]["device_id"])

    def approve_from_another_device(self) -> None:
        """Row 8: the phone is trusted, the tablet asks, the phone says yes and trusts it too."""
        phone, tablet = self.register("phone"), self.register("tablet")
        self.call("PATCH", self.own(f"devices/{phone}"), "phone", {"trusted": True})
        asked = self.call("POST", self.own("2fa"), "tablet", {"method": "notification"})["data"]
        assert asked["status"] == "pending"
        yes = {"challenge_id": asked["challenge_id"], "is_approved": "1", "trusted_flag": "1"}
        yes |= {"device_id": phone, "number": asked["number"]}
        answered = self.call("POST", self.own("2fa"), "phone", yes)["data"]
        assert (answered["status"], answered["trusted"]) == ("approved", True)
        polled = self.call("GET", self.own(f"2fa/{asked['challenge_id']}"), "tablet")["data"]
        assert polled["status"] == "approved"
        devices = self.call("GET", self.own("devices"), "tablet")["data"]["devices"]
        assert {row["device_id"]: row["current"] for row in devices if row["trusted"]} == {phone: False, tablet: True}

    def bridge(self, token: str) -> requests.Response:
        """Row 12, as published: JSON, the client in headers."""
        subject = self.tokens[token]
        body = {"grant_type": "token-exchange", "requested_token_type": JWT, "subject_token": subject}
        body |= {"audience": self.shop.number}
        headers = {"Authorization": f"Bearer {subject}", "client-id": str(self.app.number)}
        headers |= {"client-secret": self.app.secret}
        return requests.post(f"{self.portal}/identity/v4/oauth2/token", json=body, headers=headers, timeout=SECONDS)

    def share_and_stop(self, token: str) -> None:
        """Rows 4, 7, 12 and 5."""
        assert self.bridge(token).json()["error"] == "consent_required"
        point = self.call("GET", "consents/collectionpoints?names=identity-provider", token)
        [purpose] = [row["PurposeId"] for row in point["purposes"]]
        at_the_shop = f"?client_id={self.shop.number}"
        allowed = {"purposes": [{"Id": purpose}]}
        self.call("POST", self.own("consents/transactions/allow") + at_the_shop, token, allowed)
        bridged = self.bridge(token)
        assert (bridged.status_code, bridged.json()["issued_token_type"]) == (200, JWT), bridged.text
        apps = self.call("GET", self.own("apps"), token)["data"]
        [shop] = [row for row in apps if row["client_id"] == self.shop.number]
        assert shop["status"] == "ACTIVE"
        withdrawn = {"PurposeId": shop["PurposeId"], "withdrawnBy": str(self.account)}
        self.call("PUT", self.own("consents/transactions/withdraw") + at_the_shop, token, withdrawn)
        refused = self.bridge(token)
        assert (refused.status_code, refused.json()["error"]) == (403, "consent_required")
        left = [row["client_id"] for row in self.call("GET", self.own("apps"), token)["data"]]
        assert left == [self.app.number]

    def whole(self) -> None:
        self.sign_up()
        self.sign_in("phone")
        self.add_mailbox("phone")
        self.sign_in("tablet")
        self.approve_from_another_device()
        self.share_and_stop("tablet")
