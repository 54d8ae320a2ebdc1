"""The person's own pages: a new passkey."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from freedom_id.domain.credentials import ProofSpent
from freedom_id.domain.passkeys import PasskeyRefused, add_passkey, begin_passkey
from freedom_id.errors import IdentifierTaken
from freedom_id.forms.passkeys import PasskeyForm
from freedom_id.views.browser_device import browser_facts
from freedom_id.views.fresh_proof import persons_act, with_fresh_proof

BEGUN = "new_passkey"
NOTHING = 0  # the number of no passkey


@require_http_methods(["GET", "POST"])
@with_fresh_proof
def add(request: HttpRequest) -> HttpResponse:
    """The page that asks the browser for a passkey, and what it answers."""
    act = persons_act(request)
    form = PasskeyForm(request.POST or None, initial={"name": browser_facts(request).model_name})
    if request.method == "GET":
        act.require_fresh_proof()
    elif form.is_valid():
        try:
            number = request.session.pop(BEGUN, NOTHING)
            add_passkey(act, number, form.cleaned_data["response"], name=form.cleaned_data["name"])
            messages.success(request, _("The passkey is ready. You can sign in with it from now on."))
            return redirect("freedom_id:security")
        except IdentifierTaken:
            form.add_error(None, _("This passkey is in your list already."))
        except (PasskeyRefused, ProofSpent):
            form.add_error(None, _("No passkey was made. Try again."))
    return render(request, "freedom_id/me/add_passkey.html", {"form": form})


@require_POST
@with_fresh_proof
def options(request: HttpRequest) -> HttpResponse:
    """What the browser's authenticators are asked, for this session and five minutes."""
    number, asked = begin_passkey(persons_act(request))
    request.session[BEGUN] = number
    return JsonResponse(asked)
