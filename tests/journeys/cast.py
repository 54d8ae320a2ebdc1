"""Who asks in test_any_request.py: two people with everything that a person can have, an operator, a partner. What is
one person's must never be in an answer to the other's tokens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from consents.models import ConsentTransaction, Receipt
from freedom_id.domain.profile_requests import submit_profile_request
from freedom_id.domain.tokens import live_access
from freedom_id.enums import AccountStatus
from freedom_id.grants import OPERATOR_SCOPES
from freedom_id.models import (
    Account,
    Authenticator,
    Authorization,
    BridgePolicy,
    Credential,
    Device,
    OneTimeCode,
    PartnerClient,
    ProfileRequest,
    TokenFamily,
    TwoStepChallenge,
)
from tests.factories.people import REDIRECT_URI, email_of, person, phone_of
from tests.freedom_id.domain.acts import Pair, is_alive, new_person
from tests.freedom_id.identity_v4.handsets import handset
from tests.freedom_id.identity_v4.parties import (
    Party,
    ask_at,
    call,
    customer_headers,
    enclosed,
    first_party,
    id_of,
    operator,
    party,
    publish,
    verified,
)

GRANTS = ("read.firstname", "read.phone", "read.email", "read.profile")


@dataclass
class Someone:
    """A person, her tokens at three clients, and what is hers alone (`others`: the other person's)."""

    account: Account
    phone: str
    app: Party
    shop: Party
    partner: Pair
    others: set[str] = field(default_factory=set)
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def ways(self) -> dict[str, Callable[[], str]]:
        return {
            "app": lambda: self.app.token("openid account"),
            "shop": lambda: self.shop.token("openid offline_access profile email consents"),
            "partner": lambda: f"Bearer {self.partner.tokens(*GRANTS).access_token}",
            "refresh": lambda: f"Bearer {self.partner.tokens(*GRANTS).refresh_token}",
        }

    def token(self, way: str) -> str:
        if way not in self._tokens:
            self._tokens[way] = self.ways[way]()
        return self._tokens[way]

    def forget_ended(self, way: str) -> None:
        """If the token of that way lives no more, the next request signs in anew. (Of a refresh token nothing is asked:
        it is spent by asking.)"""
        closed = not Account.objects.filter(pk=self.account.pk, status=AccountStatus.ACTIVE).exists()
        if way in self._tokens and (way == "refresh" or not is_alive(self._tokens[way].removeprefix("Bearer "))):
            self._tokens[way] = "" if closed else self.ways[way]()

    def prove(self) -> None:
        """Fresh proof for the acts that need it: a new sign-in and a code, as long as she has a number."""
        if not Credential.objects.filter(account=self.account, type="mobile", is_primary=True).exists():
            return
        self._tokens["app"] = self.ways["app"]()
        verified(self.app, self._tokens["app"])

    def live(self) -> None:
        """Signs in everywhere and leaves something behind at every row."""
        phone = handset(self.app, trusted=True, device_model_name=f"Phone of {self.account.firstname}")
        phone.ask(method="email")
        call("POST", self.app.path("otps"), phone.token, {"channel": "sms", "purpose": "step_up"})
        verified(self.app, phone.token)
        added = call("POST", self.app.path("credentials"), phone.token, {"type": "totp"})
        assert added.status_code == 201
        purposes = {"purposes": [{"Id": str(id_of("news"))}]}
        allowed = call("POST", self.shop.path("consents/transactions/allow"), self.token("shop"), purposes)
        assert allowed.status_code == 200
        submit_profile_request(live_access(self.token("partner").removeprefix("Bearer ")), self.account.freedom_id)

    def objects(self) -> dict[str, list[str]]:
        """Ids of what there is of her, by the names that parameters have."""
        mine, sharing = {"account": self.account}, {"authorization__account": self.account}
        of_ledger = {"subject__account": self.account}
        found = {
            "cid": Credential.objects.filter(**mine).values_list("number"),
            "authenticator": Authenticator.objects.filter(**mine).values_list("pk"),
            "device_id": Device.objects.filter(**mine).values_list("pk"),
            "otp_id": OneTimeCode.objects.filter(**mine).values_list("pk"),
            "challenge_id": TwoStepChallenge.objects.filter(**mine).values_list("pk"),
            "receipt_id": Receipt.objects.filter(**of_ledger).values_list("pk"),
            "request_id": ProfileRequest.objects.filter(**sharing).values_list("request_id"),
            "transaction": ConsentTransaction.objects.filter(**of_ledger).values_list("pk"),
            "authorization": Authorization.objects.filter(**mine).values_list("pk"),
            "family": TokenFamily.objects.filter(**sharing).values_list("pk"),
        }
        own = [str(self.account.pk), str(self.account.freedom_id)]
        return {"id": own, "account": own} | {name: [str(row[0]) for row in rows] for name, rows in found.items()}

    def marks(self) -> set[str]:
        """Texts that tell of her: ids, and data that nobody shares with her."""
        ids = {value for values in self.objects().values() for value in values}
        data = {self.account.firstname, self.account.identifier, self.phone, email_of(self.account)}
        return {mark for mark in ids | data if len(mark) >= 8}


@dataclass
class Cast:
    people: tuple[Someone, Someone]
    operator: Party
    partner: Party

    def prove(self) -> None:
        for someone in self.people:
            someone.prove()

    def values(self) -> dict[str, list[Any]]:
        """What parameters and members of a body may be, beside what is generated: both people's, by name."""
        one, two = (someone.objects() for someone in self.people)
        ids = {name: [*found, *two[name]] for name, found in one.items()}
        clients = [str(name) for row in PartnerClient.objects.all() for name in (row.pk, row.client_id)]
        numbers = [someone.phone for someone in self.people]
        tokens = [someone.token(way).removeprefix("Bearer ") for someone in self.people for way in ("shop", "refresh")]
        stated = customer_headers(self.operator.client)
        purposes = [str(id_of(name)) for name in ("news", "identity-provider", "read.phone")]
        return ids | {
            "subjects": [ids["id"]],
            "names": [["news", "read.phone"], ["identity-provider"]],
            "PurposeId": purposes, "Id": purposes, "Version": [1],
            "client_id": clients, "audience": clients, "client_id_requested": clients,
            "X-Account-Identifier": numbers, "mobile": numbers,
            "mobile_number": [enclosed(self.operator.client, number) for number in numbers],
            "x-client-id": [stated["X_Client_ID"]], "x-request-datetime": [stated["X_Request_Datetime"]],
            "subject_token": tokens, "token": tokens, "refresh_token": tokens,
            "scope": ["openid"], "request_uri": ["partner.example"],
            "redirect_uri": [REDIRECT_URI], "grants": [list(GRANTS)], "type": ["email", "totp", "recovery"],
        }  # fmt: skip


def cast() -> Cast:
    app, shop, middleman = first_party(), party(), party(operator_scopes=["consents.check"], name="Middleman")
    publish("news")
    ask_at(shop.client, "news")
    BridgePolicy.objects.create(caller=shop.client, audience=app.client)
    known = Pair(app.account, middleman.client, middleman.secret, None)  # type: ignore[arg-type]
    people = (_someone("Dilnoza-One", app, shop, known), _someone("Bobomurod", app, shop, known))
    for someone in people:
        someone.live()
    for someone, other in (people, people[::-1]):
        someone.others = other.marks()
    return Cast(people, operator(*OPERATOR_SCOPES), middleman)


def _someone(name: str, app: Party, shop: Party, known: Pair) -> Someone:
    account = person(firstname=name)
    at_app, at_shop = Party(app.client, app.secret, account), Party(shop.client, shop.secret, account)
    at_partner = new_person(Pair(account, known.client, known.secret, None))  # type: ignore[arg-type]
    return Someone(account, phone_of(account), at_app, at_shop, at_partner)
