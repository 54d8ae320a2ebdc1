"""What Dilnoza decided before the visitor came, through the same functions that the pages and the partners call."""

from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from django.utils import timezone

from freedom_id.domain.accounts import account_for
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.consent_requests import SignIn, allow, question_for
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.links import ClientCredentials, LinkInput, create_link, open_request
from freedom_id.domain.tokens import exchange_code
from freedom_id.models import Account, Authorization, PartnerClient
from identity_portal.demo.cast import DILNOZA, OASIS_CLINIC, SILK_ROAD_AIR

IP = "127.0.0.1"


def seed_history(secrets: dict[str, str]) -> None:
    """Dilnoza shares with Silk Road Air and stopped sharing with Oasis Clinic. `secrets`: partner's name -> secret."""
    dilnoza = account_for(parse_identifier(DILNOZA.identifiers[0]))
    if dilnoza is None or Authorization.objects.filter(account=dilnoza, client__name=SILK_ROAD_AIR).exists():
        return
    clinic = _share(dilnoza, OASIS_CLINIC, secrets[OASIS_CLINIC], refused="read.phone")
    stop_sharing(dilnoza, clinic, grants=None, ip=IP)
    _share(dilnoza, SILK_ROAD_AIR, secrets[SILK_ROAD_AIR], refused="read.country")


def _share(account: Account, name: str, secret: str, *, refused: str) -> Authorization:
    """Agree to everything that the partner may ask for but one grant, and let the partner fetch its tokens."""
    client = PartnerClient.objects.get(name=name)
    credentials = ClientCredentials(client.client_id, secret, IP)
    url = create_link(credentials, LinkInput(redirect_uri=client.redirect_uris, grants=client.grants))
    track_id = parse_qs(urlsplit(url).query)["track_id"][0]
    code = _agree(account, track_id, {*client.grants} - {refused}, timezone.now())
    exchange_code(credentials, code=code)
    return Authorization.objects.get(account=account, client=client, ended_at__isnull=True)


def _agree(account: Account, track_id: str, ticked: set[str], now: datetime) -> str:
    question = question_for(open_request(track_id), account, locale="en")
    return allow(track_id, SignIn(account, uuid4(), now, IP), ticked=ticked, shown=question.shown)
