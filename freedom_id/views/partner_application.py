"""The public pages of becoming a partner: apply, the private page of an application, and the secret that is shown once.
A private address opens its page to whoever holds it, so it is never logged, and GET changes nothing. Who could forge a
request to one holds it already: there CSRF tokens would protect nobody, and their refusals are logged with the path."""

from base64 import b64encode
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from freedom_id.client_address import client_ip
from freedom_id.domain.application_checks import label_of, words_of
from freedom_id.domain.identifiers import mask_email
from freedom_id.domain.partner_applications import (
    WITH_THE_APPLICANT,
    StepTaken,
    application_of,
    begin_application,
    send_application,
)
from freedom_id.domain.partner_links import PartnerLink, partner_token
from freedom_id.domain.sandbox_persons import PASSWORD, addresses_of
from freedom_id.domain.sandbox_values import magic_values
from freedom_id.domain.secret_handover import HandoverOver, handover_of, is_open, take_secret
from freedom_id.enums import ApplicationState, ClientStatus
from freedom_id.errors import InvalidFields, RateLimited, UnauthorizedClient
from freedom_id.forms.partner_application import ApplicationForm, BeginForm
from freedom_id.models import PartnerApplication, PartnerClient
from freedom_id.views.problem import limited_text

View = Callable[[HttpRequest, str], HttpResponse]
NEXT: dict[str, Promise] = {
    ApplicationState.DRAFT: gettext_lazy("Fill in the application and send it. Nobody reads it before."),
    ApplicationState.CHECKING: gettext_lazy("We check addresses, certificates and texts. It takes a few minutes."),
    ApplicationState.IN_REVIEW: gettext_lazy("A person reads it. We write to you when there is an answer."),
    ApplicationState.CHANGES_ASKED: gettext_lazy("Read what we ask for, change it, and send the application again."),
    ApplicationState.SANDBOX: gettext_lazy(
        "Your client works with its test persons. Write to us when it may go live: two of us look at it then."
    ),
    ApplicationState.LIVE: gettext_lazy("Your client is open for everybody."),
    ApplicationState.REFUSED: gettext_lazy("We cannot accept it. The reason stands below."),
}


def _unlogged(response: HttpResponse) -> HttpResponse:
    """Django would write the path of an error to the log, and with it the token."""
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _answering(*methods: str) -> Callable[[View], View]:
    def decorated(view: View) -> View:
        @wraps(view)
        def answering(request: HttpRequest, token: str) -> HttpResponse:
            return view(request, token) if request.method in methods else _unlogged(HttpResponseNotAllowed(methods))

        return answering

    return decorated


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    form, status = BeginForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            begin_application(
                name=data["name"],
                contact_name=data["contact_name"],
                contact=data["contact_email"],
                language=translation.get_language() or "",
                ip=client_ip(request),
            )
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
        else:
            return render(request, "freedom_id/partners/begun.html", {"masked": data["contact_email"].masked})
    status = 422 if form.errors and status == 200 else status
    return render(request, "freedom_id/partners/apply.html", {"form": form}, status=status)


@csrf_exempt
@never_cache
@_answering("GET", "HEAD")
def application(request: HttpRequest, token: str) -> HttpResponse:
    """How far it is, what the checks found, and what was said."""
    found = application_of(token)
    if found is None:
        return _unknown(request)
    context = {
        "application": found,
        "token": token,
        "next": NEXT[found.state],
        "masked": mask_email(found.contact_email),
        "may_edit": found.state in WITH_THE_APPLICANT,
        "logo": _picture(found),
        "checks": [
            {"label": label_of(one), "result": one, "words": words_of(one)} for one in found.checks.order_by("pk")
        ],
        "comments": found.comments.filter(internal=False).order_by("pk"),
        **_client(found),
    }
    return render(request, "freedom_id/partners/application.html", context)


@csrf_exempt
@never_cache
@sensitive_post_parameters()
@_answering("GET", "HEAD", "POST")
def edit(request: HttpRequest, token: str) -> HttpResponse:
    found = application_of(token)
    if found is None:
        return _unknown(request)
    if found.state not in WITH_THE_APPLICANT:
        return redirect("freedom_id:application", token)
    form = ApplicationForm(found, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            send_application(found, form.stated(), answer=form.cleaned_data["answer"])
        except InvalidFields as error:
            form.show(error.errors)
        except StepTaken:
            return redirect("freedom_id:application", token)
        else:
            return redirect("freedom_id:application", token)
    answering = found.state == ApplicationState.CHANGES_ASKED
    context = {"form": form, "token": token, "answering": answering, "logo": _picture(found)}
    return _unlogged(
        render(request, "freedom_id/partners/edit.html", context, status=422 if form.errors else 200),
    )


@csrf_exempt
@never_cache
@sensitive_variables()
@_answering("GET", "HEAD", "POST")
def secret(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, for programs that look through messages open links too; the press draws the secret."""
    handover = handover_of(token)
    if handover is None:
        return _unknown(request)
    context: dict[str, Any] = {"handover": handover, "client": handover.client}
    if request.method == "POST":
        try:
            context["secret"] = take_secret(handover)
            context["page"] = _page_of(handover.client)
        except (HandoverOver, UnauthorizedClient):
            handover.refresh_from_db()
    context["open"] = is_open(handover, timezone.now())
    return render(request, "freedom_id/partners/secret.html", context)


def _client(found: PartnerApplication) -> dict[str, Any]:
    """What there is to know of the client, once there is one."""
    if found.client is None:
        return {}
    in_sandbox = found.state == ApplicationState.SANDBOX
    stopped = found.client.status if found.client.status != ClientStatus.ACTIVE else ""
    return {
        "client": found.client,
        "stopped": ClientStatus(stopped).label if stopped else "",
        "test_persons": addresses_of(found.client) if in_sandbox else [],
        "test_password": PASSWORD,
        "magic_values": list(magic_values()) if in_sandbox else [],
    }


def _page_of(client: PartnerClient) -> str:
    """The private address of its application; a partner that was registered in a shell has none."""
    key = PartnerApplication.objects.filter(client=client).values_list("pk", flat=True).first()
    return reverse("freedom_id:application", args=[partner_token(PartnerLink.APPLICATION, key)]) if key else ""


def _picture(found: PartnerApplication) -> str:
    """The logo in the page itself: without an application's token it has no address."""
    return f"data:image/png;base64,{b64encode(bytes(found.logo)).decode()}" if found.logo else ""


def _unknown(request: HttpRequest) -> HttpResponse:
    """A wrong address, and one whose row is gone, alike."""
    context = {
        "title": _("There is nothing at this address"),
        "message": _("Look whether the whole address from our mail was copied."),
    }
    return _unlogged(render(request, "freedom_id/problem.html", context, status=404))
