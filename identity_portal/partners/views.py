"""The public pages for partners: what Freedom ID is, the way from credentials to data, errors, samples. The button's
is the app's own (`freedom_id/views/button.py`)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from freedom_id.conf import conf
from freedom_id.grants import GRANTS
from identity_portal.partners.error_tables import identity_rows, partner_api_rows
from identity_portal.partners.requests import requests_at
from identity_portal.partners.samples import LANGUAGES, SAMPLES


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "partners/home.html")


@require_safe
def quick_start(request: HttpRequest) -> HttpResponse:
    """The requests name this portal, so that they can be copied as they are."""
    api = conf.issuer + reverse("freedom_id_api:link").removesuffix("/authorize")
    context = {"issuer": conf.issuer, "requests": requests_at(api), "grants": GRANTS.values()}
    return render(request, "partners/quick_start.html", context)


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    context = {"partner_api": partner_api_rows(), "identity": identity_rows()}
    return render(request, "partners/errors.html", context)


@require_safe
def samples(request: HttpRequest) -> HttpResponse:
    return render(request, "partners/samples.html", {"languages": LANGUAGES, "issuer": conf.issuer})


@require_safe
def sample(_request: HttpRequest, name: str) -> HttpResponse:
    """One sample as a file."""
    if name not in SAMPLES:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(SAMPLES[name].code, content_type="text/plain; charset=utf-8", headers=headers)
