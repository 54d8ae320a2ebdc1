"""The person's own pages: a first password, or another one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from freedom_id.domain.credentials import set_password
from freedom_id.forms.passwords import NewPasswordForm
from freedom_id.views.browser_session import sign_out
from freedom_id.views.fresh_proof import persons_act, with_fresh_proof


@require_http_methods(["GET", "POST"])
@with_fresh_proof
@sensitive_post_parameters("password")
def new_password(request: HttpRequest) -> HttpResponse:
    """Everything is signed out by it, this browser too: she signs in with what she just chose."""
    act = persons_act(request)
    act.require_fresh_proof()
    form = NewPasswordForm(act.account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        set_password(act, form.cleaned_data["password"])
        sign_out(request)
        messages.success(request, _("Your new password is set. Sign in with it."))
        return redirect("freedom_id:sign_in")
    return render(request, "freedom_id/me/new_password.html", {"form": form})
