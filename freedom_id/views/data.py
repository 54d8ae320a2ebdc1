"""The person's own data: what the house knows of her, who sees it, and how she changes it."""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freedom_id.domain.credentials import (
    PersonsAct,
    ProofSpent,
    UnknownCredential,
    claim_contact,
    identifier_of,
    make_main,
)
from freedom_id.domain.own_details import (
    change_details,
    claimed_contact,
    prove_contact_by_code,
    send_contact_code,
)
from freedom_id.domain.person import contact_field, person_of
from freedom_id.enums import Gender
from freedom_id.errors import IdentifierTaken, RateLimited
from freedom_id.forms.own_pages import DetailsForm
from freedom_id.forms.sign_in import CodeForm, IdentifierForm
from freedom_id.grants import GRANTS, PROFILE
from freedom_id.models import Account, Authorization, Credential
from freedom_id.sealing import seal, unseal
from freedom_id.views.browser_session import account_of
from freedom_id.views.fresh_proof import persons_act, with_fresh_proof
from freedom_id.views.problem import limited_text
from freedom_id.views.remove_own import remove_own

CONTACTS = {"phone", "phones", "email", "emails"}
CHALLENGE, TYPED = "contact_challenge", "typed_details"
CONTEXT = "freedom_id.session.typed"
back_to_data = partial(with_fresh_proof, after_post="freedom_id:data")


@never_cache
@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """What is known, as she recognises it and a bystander does not."""
    return _page(request, account_of(request), full=False)


@require_safe
@back_to_data
def full(request: HttpRequest) -> HttpResponse:
    act = persons_act(request)
    act.require_fresh_proof()
    return _page(request, act.account, full=True)


@require_http_methods(["GET", "POST"])
@partial(with_fresh_proof, after_post="freedom_id:edit_data")
@sensitive_post_parameters()
def edit(request: HttpRequest) -> HttpResponse:
    """What she typed when it was too late outlives the proof that she is led to."""
    act = persons_act(request)
    if request.method == "POST":
        request.session[TYPED] = seal(json.dumps(request.POST.dict()), CONTEXT)
    act.require_fresh_proof()
    typed = request.session.pop(TYPED, "")
    initial = {name: getattr(act.account, name) for name in DetailsForm.base_fields}
    shown = json.loads(unseal(typed, CONTEXT)) if typed and request.method == "GET" else {}
    form = DetailsForm(request.POST or None, initial=initial | shown)
    if request.method == "POST" and form.is_valid():
        change_details(act, form.changes)
        if form.changes:
            messages.success(request, _("Your data is changed. Apps that you share it with see it from now on."))
        return redirect("freedom_id:data")
    return render(request, "freedom_id/me/edit_data.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@partial(with_fresh_proof, after_post="freedom_id:add_contact")
@sensitive_post_parameters("identifier")
def add_contact(request: HttpRequest) -> HttpResponse:
    act = persons_act(request)
    act.require_fresh_proof()
    form = IdentifierForm(request.POST or None)
    form.fields["identifier"].widget.attrs["autocomplete"] = "off"
    if request.method == "POST" and form.is_valid():
        try:
            number = claim_contact(act, form.cleaned_data["identifier"])
        except IdentifierTaken:
            form.add_error("identifier", _("This number or address is in your list already."))
        else:
            _send(request, act, number)
            return redirect("freedom_id:prove_contact", number)
    return render(request, "freedom_id/me/add_contact.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@login_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def prove(request: HttpRequest, number: int) -> HttpResponse:
    """The code that was sent to a new number or address."""
    act, status = persons_act(request), 200
    contact = _claimed(act, number)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if _proves(request, act, number, form.cleaned_data["code"]):
                messages.success(request, _("It is yours now: you can sign in with it."))
                return redirect("freedom_id:data")
            form.add_error("code", _("This code does not match. Try again, or ask for a new one."))
        except IdentifierTaken:
            messages.error(request, _("Somebody else uses this number or address, so it cannot be added."))
            return redirect("freedom_id:data")
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
    context = {"form": form, "masked": identifier_of(contact).masked, "number": number}
    return render(request, "freedom_id/me/prove_contact.html", context, status=status)


@never_cache
@login_required
@require_POST
def send_code(request: HttpRequest, number: int) -> HttpResponse:
    act = persons_act(request)
    _claimed(act, number)
    _send(request, act, number)
    return redirect("freedom_id:prove_contact", number)


@require_http_methods(["GET", "POST"])
@back_to_data
def main(request: HttpRequest, number: int) -> HttpResponse:
    """A page that says the effect, then one press."""
    act = persons_act(request)
    act.require_fresh_proof()
    contact = _own_contact(act.account, number)
    if contact.verified_at is None:
        raise Http404
    if request.method == "GET":
        seers = _seers(contact_field(contact.type, primary=True), _live(act.account))
        context = {"masked": identifier_of(contact).masked, "seers": seers}
        return render(request, "freedom_id/me/main_contact.html", context)
    make_main(act, number)
    messages.success(request, _("It is the main one now."))
    return redirect("freedom_id:data")


@require_http_methods(["GET", "POST"])
@back_to_data
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """A page that says the effect, then one press."""
    act = persons_act(request)
    act.require_fresh_proof()
    contact = _own_contact(act.account, number)
    if request.method == "GET":
        context = {"masked": identifier_of(contact).masked, "proven": contact.verified_at is not None}
        return render(request, "freedom_id/me/remove_contact.html", context)
    remove_own(request, act, number)
    return redirect("freedom_id:data")


def _page(request: HttpRequest, account: Account, *, full: bool) -> HttpResponse:
    person, live = person_of(account), _live(account)
    details = []
    for grant in GRANTS.values():
        if grant.unlocks_field and grant.field not in CONTACTS:
            value = _in_words(grant.field, person.value(grant.field) if full else person.masked(grant.field))
            details.append({"title": grant.title, "value": value, "seers": _seers(grant.field, live)})
    contacts = Credential.objects.filter(account=account).order_by("type", "-is_primary", "created_at")
    context = {
        "full": full,
        "details": details,
        "contacts": [_contact(row, live, full=full) for row in contacts],
    }
    return render(request, "freedom_id/me/data.html", context)


def _contact(row: Credential, live: Iterable[Authorization], *, full: bool) -> dict[str, Any]:
    field = contact_field(row.type, primary=row.is_primary)
    return {
        "row": row,
        "value": row.value if full else identifier_of(row).masked,
        "seers": _seers(field, live) if row.verified_at else [],
    }


def _in_words(field: str, value: Any) -> Any:
    return Gender(value).label if field == "gender" and value else value or ""


def _live(account: Account) -> list[Authorization]:
    rows = Authorization.objects.select_related("client").defer("client__logo")
    return list(rows.filter(account=account, ended_at__isnull=True).order_by("client__name"))


def _seers(field: str, live: Iterable[Authorization]) -> list[dict[str, str]]:
    """The apps that may read this field: by its own grant, or in the full profile."""
    return [
        {"name": row.client.name, "url": reverse("freedom_id:app", args=[row.pk])}
        for row in live
        if {f"read.{field}", PROFILE} & set(row.grants)
    ]


def _own_contact(account: Account, number: int) -> Credential:
    found = Credential.objects.filter(account=account, number=number).first()
    if found is None:
        raise Http404
    return found


def _claimed(act: PersonsAct, number: int) -> Credential:
    try:
        return claimed_contact(act, number)
    except UnknownCredential:
        raise Http404 from None


def _send(request: HttpRequest, act: PersonsAct, number: int) -> None:
    locale = translation.get_language() or settings.LANGUAGE_CODE
    try:
        request.session[CHALLENGE] = str(send_contact_code(act, number, locale=locale))
    except RateLimited as error:
        messages.warning(request, limited_text(error))


def _proves(request: HttpRequest, act: PersonsAct, number: int, code: str) -> bool:
    challenge = request.session.get(CHALLENGE)
    try:
        return challenge is not None and prove_contact_by_code(act, number, code, challenge=UUID(challenge))
    except (ProofSpent, UnknownCredential):
        return False
