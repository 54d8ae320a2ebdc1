"""A visit from the button to the end of sharing. The browser knows it by a signed cookie of the shop's own."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from identity_portal.demo_partner.models import IN_POPUP, Visit
from identity_portal.demo_partner.provider import Provider, ProviderRefused

SALT = "demo_partner.visit"
COOKIE_SECONDS = 8 * 3600
ASKED = ["read.firstname", "read.phone", "read.lastname", "read.email", "read.date_of_birth", "read.profile"]
PROFILE = "read.profile"
UNFINISHED = {"accepted", "pending"}


def begin_visit(provider: Provider, *, locale: str, in_popup: bool) -> tuple[Visit, str]:
    """A new visit and the login address for it. `state` and the verifier bind the way back to this browser; `state`
    also brings back whether that ends in a pop-up."""
    visit = Visit()
    if in_popup:
        visit.state = IN_POPUP + visit.state
    digest = hashlib.sha256(visit.code_verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    url = provider.link(grants=ASKED, state=visit.state, code_challenge=challenge, locale=locale)
    visit.save()
    return visit, url


def receive_code(visit: Visit, provider: Provider, code: str) -> None:
    """Spend the way back (once) and keep the tokens."""
    returned = Visit.objects.filter(pk=visit.pk, returned_at__isnull=True).update(returned_at=timezone.now())
    if not returned:
        raise ProviderRefused(0)
    _keep_tokens(visit, provider.exchange(code, visit.code_verifier))


def look_up(visit: Visit, provider: Provider) -> tuple[dict[str, Any], dict[str, Any]]:
    """Info and the state of the profile request. An access token that is over is refreshed once."""
    try:
        info = provider.info(visit.access_token)
    except ProviderRefused as refused:
        if refused.status != 401:
            raise
        _keep_tokens(visit, provider.refresh(visit.refresh_token))
        info = provider.info(visit.access_token)
    return info, _profile(visit, provider)


def end_visit(token_id: UUID) -> None:
    """Freedom ID says that the tokens ended. Tokens that no visit has are no error: the notice may come twice."""
    Visit.objects.filter(token_id=token_id, ended_at__isnull=True).update(
        ended_at=timezone.now(), access_token="", refresh_token=""
    )


def visit_of(request: HttpRequest) -> Visit | None:
    """The visit of this browser."""
    try:
        pk = signing.loads(request.COOKIES.get(_cookie_name(), ""), salt=SALT, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return None
    return Visit.objects.filter(pk=pk).first()


def remember_visit(response: HttpResponse, visit: Visit) -> HttpResponse:
    value = signing.dumps(str(visit.pk), salt=SALT)
    response.set_cookie(
        _cookie_name(), value, max_age=COOKIE_SECONDS, path="/demo/partner/", httponly=True, samesite="Lax"
    )
    return response


def _cookie_name() -> str:
    """Cookies know no port, and two demos may run on one machine."""
    return f"aral-market-{urlsplit(settings.PUBLIC_URL).port}"


def _profile(visit: Visit, provider: Provider) -> dict[str, Any]:
    """Ask for the profile at the first look, for its state at the next ones; a request that is over is made anew."""
    if PROFILE not in visit.grants:
        return {}
    if visit.profile_request_id:
        status = provider.profile_status(visit.access_token, str(visit.profile_request_id))
        if status["status"] != "not_found":
            return status
    visit.profile_request_id = uuid4()
    visit.save(update_fields=["profile_request_id"])
    return provider.request_profile(visit.access_token, str(visit.profile_request_id))


def _keep_tokens(visit: Visit, tokens: dict[str, Any]) -> None:
    visit.token_id = UUID(tokens["id"])
    visit.access_token, visit.refresh_token = tokens["access_token"], tokens["refresh_token"]
    visit.access_expire_at, visit.grants = parse_datetime(tokens["access_expire_at"]), tokens["grants"]
    visit.save()
