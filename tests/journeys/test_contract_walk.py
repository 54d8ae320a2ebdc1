"""`contract_walk` on a running portal: staff's part, which no contract has, is done here."""

import pytest

from freedom_id.grants import CONSENTS, CREATE_ACCOUNTS
from freedom_id.models import Allowance, BridgePolicy
from tests.factories.people import REDIRECT_URI
from tests.freedom_id.identity_v4.parties import Party, first_party, operator, party
from tests.journeys.contract_walk import Client, Walk
from tests.servers.portal import Portal

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def handed_over(who: Party) -> Client:
    return Client(who.client.client_id, who.client.pk, who.secret, REDIRECT_URI)


def test_from_sign_up_to_the_refused_bridge(portal: Portal) -> None:
    opener, app = operator(CREATE_ACCOUNTS), first_party()
    shop = party(name="Shop", scopes=["openid", CONSENTS])
    BridgePolicy.objects.create(caller=app.client, audience=shop.client)
    portal.start_worker()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        """The time between two codes for a number, gone at once."""
        waits.append(seconds)
        Allowance.objects.all().delete()

    Walk(portal.url, *(handed_over(who) for who in (opener, app, shop)), wait=wait).whole()
    assert len(waits) == 1
