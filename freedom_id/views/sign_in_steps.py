"""What the sign-in pages share: the partner's request, the way from step to step, and the end of it."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation

from freedom_id.client_address import client_ip
from freedom_id.domain.devices import remember_browser
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.links import open_request
from freedom_id.domain.one_time_codes import request_code
from freedom_id.domain.rate_limits import CODE_RESEND, seconds_to_wait
from freedom_id.enums import Channel
from freedom_id.errors import InvalidLink
from freedom_id.models import Account, AuthorizationRequest
from freedom_id.views.browser_device import browser_facts, browser_key, keep_browser_key
from freedom_id.views.browser_session import is_opening, remember_challenge, safe_next, sign_in
from freedom_id.views.problem import link_problem
from freedom_id.views.return_address import allow_return_to
from freedom_id.views.shown import show_partner

Step = Callable[[HttpRequest, AuthorizationRequest | None], HttpResponse]

CHANNEL_AMR = {Channel.SMS: ["sms"]}  # RFC 8176 has no name for mail


def with_asked(view: Step) -> Callable[[HttpRequest], HttpResponse]:
    """The view gets the partner's request that the track names, None without a track; a dead one is answered here."""

    @wraps(view)
    def step(request: HttpRequest) -> HttpResponse:
        track_id = request.GET.get("track_id") or request.POST.get("track_id")
        try:
            asked = open_request(track_id) if track_id else None
        except InvalidLink as error:
            return link_problem(request, error)
        return view(request, asked)

    return step


def track_id_of(request: HttpRequest) -> UUID | None:
    """The partner's request that the page belongs to, as `with_asked` found it."""
    try:
        return UUID(request.GET.get("track_id") or request.POST.get("track_id") or "")
    except ValueError:
        return None


def send_code_to(
    request: HttpRequest, identifier: Identifier, asked: AuthorizationRequest | None, *, opening: bool
) -> None:
    """Ask for a code, which this session may then show. `opening` says that the person wants an account. Raises
    RateLimited."""
    challenge = request_code(
        identifier,
        ip=client_ip(request),
        locale=translation.get_language() or settings.LANGUAGE_CODE,
        requested_by=asked.client.name if asked else "",
        opening=opening,
    )
    remember_challenge(request, challenge)


def amr_of_code(identifier: Identifier) -> list[str]:
    """What a one-time code to this number or address proves (RFC 8176)."""
    return ["otp", *CHANNEL_AMR.get(identifier.channel, [])]


def welcome(
    request: HttpRequest, account: Account, *, amr: Sequence[str], stepped_up: bool = False, trust: bool = False
) -> HttpResponse:
    """Start the session, and lead the person on to what she came for. `stepped_up` says that she showed two proofs,
    `trust` that she wants this browser trusted."""
    response, key = redirect(onward_url(request)), browser_key(request)
    sign_in(
        request,
        account,
        amr=amr,
        stepped_up=stepped_up,
        browser_key=key,
        browser=browser_facts(request),
        track_id=track_id_of(request),
    )
    if trust:
        remember_browser(account, key, ip=client_ip(request))
    keep_browser_key(response, key)
    return response


def may_be_signed_in_elsewhere(asked: AuthorizationRequest | None) -> bool:
    """Not where the partner wants the person to prove herself anew: that would have to be here."""
    return asked is None or not ("login" in asked.prompt.split() or asked.max_age is not None)


def step_url(request: HttpRequest, name: str, **more: str) -> str:
    """The page of another step; what the person came for goes along."""
    track_id, own = request.GET.get("track_id") or request.POST.get("track_id"), safe_next(request)
    carried = ({"track_id": track_id} if track_id else {"next": own} if own else {}) | more
    return reverse(f"freedom_id:{name}") + (f"?{urlencode(carried)}" if carried else "")


def onward_url(request: HttpRequest) -> str:
    """Where a signed-in person goes: the partner's question, the page asked for, or the own pages."""
    if request.GET.get("track_id") or request.POST.get("track_id"):
        return step_url(request, "consent")
    return safe_next(request) or reverse("freedom_id:home")


def show_step(
    request: HttpRequest,
    name: str,
    form: Form,
    asked: AuthorizationRequest | None,
    *,
    identifier: Identifier | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The page of a step: `freedom_id/<name>.html`. `identifier` is the one to be proven."""
    opening = is_opening(request)
    context: dict[str, Any] = {
        "form": form,
        "partner": show_partner(asked.client) if asked else None,
        "track_id": str(asked.pk) if asked else "",
        "opening": opening,
        "change_url": step_url(request, "sign_up") if opening else step_url(request, "sign_in", switch="1"),
        "sign_in_url": step_url(request, "sign_in"),
        "sign_up_url": step_url(request, "sign_up"),
        "passkey_url": step_url(request, "passkey"),
        "another_device_url": step_url(request, "another_device") if may_be_signed_in_elsewhere(asked) else "",
        "lost_url": step_url(request, "lost_factor"),
        "choose_url": step_url(request, "choose_account"),
        "forget_url": step_url(request, "forget_account"),
        **more,
    }
    if identifier:
        context |= {
            "identifier_masked": identifier.masked,
            "channel": identifier.channel,
            "send_code_url": step_url(request, "send_code"),
            "resend_url": step_url(request, "send_code"),
            "password_url": step_url(request, "password"),
            "resend_in": seconds_to_wait(CODE_RESEND, identifier.index) if name == "code" else 0,
        }
    return allow_return_to(render(request, f"freedom_id/{name}.html", context, status=status), asked)


def speak_as_asked(request: HttpRequest, asked: AuthorizationRequest | None) -> str | None:
    """The language that the partner asked for, once per request: what the person chooses afterwards stays."""
    if asked is None or asked.locale not in dict(settings.LANGUAGES) or request.session.get("spoken") == str(asked.pk):
        return None
    request.session["spoken"] = str(asked.pk)
    translation.activate(asked.locale)
    return asked.locale
