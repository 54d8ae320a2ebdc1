"""Aral Market: a shop that signs people in with Freedom ID."""

import hmac
import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from identity_portal.demo_partner.models import Visit
from identity_portal.demo_partner.provider import ProviderRefused, provider
from identity_portal.demo_partner.revoke_signature import signature_is_right
from identity_portal.demo_partner.visits import (
    UNFINISHED,
    begin_visit,
    end_visit,
    look_up,
    receive_code,
    remember_visit,
    visit_of,
)

View = Callable[[HttpRequest], HttpResponse]


def forgiving(view: View) -> View:
    """A page instead of an error when Freedom ID refuses or is away."""

    @wraps(view)
    def forgiven(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except ProviderRefused:
            message = _("Freedom ID did not answer as expected. Nothing was ordered; please try again.")
            return _stopped(request, _("Signing in did not work"), message, status=502)

    return forgiven


@never_cache
@require_GET
@forgiving
def home(request: HttpRequest) -> HttpResponse:
    own = urlsplit(provider().redirect_uri).netloc
    if request.get_host() != own:  # cookies know hosts: the way back ends at the registered one
        return redirect(f"http://{own}{request.path}")
    return render(request, "demo_partner/home.html", {"freedom_id": provider().base_url})


@never_cache
@require_GET
@forgiving
def start(request: HttpRequest) -> HttpResponse:
    """Where the button leads; its script adds `display=popup` when it opens a pop-up."""
    in_popup = request.GET.get("display") == "popup"
    visit, url = begin_visit(provider(), locale=get_language() or "en", in_popup=in_popup)
    return remember_visit(redirect(url), visit)


@never_cache
@require_GET
@forgiving
def callback(request: HttpRequest) -> HttpResponse:
    """The way back: with a code, or with the reason why there is none."""
    visit = visit_of(request)
    if visit is None or not hmac.compare_digest(visit.state, request.GET.get("state", "")):
        message = _("This way back does not belong to this browser, or it is too old. Please start again.")
        return _stopped(request, _("Signing in did not work"), message, status=400)
    if "error_code" in request.GET:
        return _go_on(request, visit, "refused", reverse("demo_partner:refused"))
    receive_code(visit, provider(), request.GET.get("authorization_code", ""))
    return _go_on(request, visit, "signed-in", reverse("demo_partner:received"))


@never_cache
@require_GET
def refused(request: HttpRequest) -> HttpResponse:
    message = _("That is fine. You can look around and order as a guest, or sign in later.")
    return _stopped(request, _("You did not share your data"), message)


@never_cache
@require_GET
@forgiving
def received(request: HttpRequest) -> HttpResponse:
    """Everything that the shop has from Freedom ID."""
    visit = visit_of(request)
    if visit is None or visit.token_id is None:
        return redirect("demo_partner:home")
    if visit.ended_at:
        message = _("Freedom ID told us that you signed out or stopped sharing. We receive nothing more from it.")
        return _stopped(request, _("You are no longer signed in here"), message)
    info, profile = look_up(visit, provider())
    token = {"id": visit.token_id, "access_expire_at": visit.access_expire_at, "grants": visit.grants}
    context = {"info": _readable(info), "token": token, "profile": _shown_profile(profile)}
    return render(request, "demo_partner/received.html", context)


@csrf_exempt
@require_POST
@forgiving
def revoked(request: HttpRequest) -> HttpResponse:
    """Freedom ID's notice `{"id": …}` that tokens ended; the signature says that it is Freedom ID's."""
    if not signature_is_right(request.headers.get("X-Signature", ""), request.body, provider().secret):
        return HttpResponse(status=401)
    end_visit(UUID(json.loads(request.body)["id"]))
    return HttpResponse(status=204)


def _shown_profile(profile: dict[str, Any]) -> dict[str, Any]:
    """A section such as `personal` is laid flat; a state that may change gets an address to look again."""
    sections = profile.get("profile", {})
    flat = {
        name: value for section in sections.values() if isinstance(section, dict) for name, value in section.items()
    }
    again = reverse("demo_partner:received") if profile.get("status") in UNFINISHED else ""
    return {**profile, "profile": _readable(flat), "refresh_url": again}


def _readable(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: ", ".join(value) if isinstance(value, list) else value
        for name, value in fields.items()
        if value not in (None, [])
    }


def _go_on(request: HttpRequest, visit: Visit, result: str, where: str) -> HttpResponse:
    """In a pop-up the page with the button goes on, and this window closes."""
    if not visit.in_popup:
        return redirect(where)
    context = {"freedom_id": provider().base_url, "result": result, "where": where}
    return render(request, "demo_partner/returned.html", context)


def _stopped(request: HttpRequest, title: str, message: str, *, status: int = 200) -> HttpResponse:
    return render(request, "demo_partner/stopped.html", {"title": title, "message": message}, status=status)
