"""What the person may do with everything that is hers; and closing her account (a copy: `personal_copy`)."""

from functools import partial

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from freedom_id.domain.account_erasures import ERASED_AFTER
from freedom_id.domain.closing import close_account
from freedom_id.views.fresh_proof import persons_act, with_fresh_proof


@login_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "freedom_id/me/privacy.html")


@require_http_methods(["GET", "POST"])
@partial(with_fresh_proof, after_post="freedom_id:close")
def close(request: HttpRequest) -> HttpResponse:
    """A page that says the effect, then one press."""
    act = persons_act(request)
    if request.method == "GET":
        act.require_fresh_proof()
        return render(request, "freedom_id/me/close.html", {"days": ERASED_AFTER.days})
    close_account(act)
    logout(request)
    messages.success(request, _("Your Freedom ID is closed. Nobody can use it any more."))
    return redirect("freedom_id:sign_in")
