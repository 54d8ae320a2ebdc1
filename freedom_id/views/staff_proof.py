"""What a member of staff is led through before the staff pages open, and before an act there that is dangerous."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from freedom_id.domain.staff import staff_ways
from freedom_id.domain.staff_proof import has_strong_proof, is_fresh, is_strong
from freedom_id.models import Account
from freedom_id.views.fresh_proof import persons_act

AGAIN = "again"
WANTED = "staff_page"
SAFE = ("GET", "HEAD", "OPTIONS")


def staff_problem(request: HttpRequest, *, back: str, fresh: bool = False) -> HttpResponse | None:
    """What stands between this member of staff and a staff page or, with `fresh`, a dangerous act: the way to the page
    where she proves to be herself. From there she goes on to `back`; a press has done nothing yet, and she is told to
    repeat it. None when she may go on."""
    act = persons_act(request)
    if is_fresh(act.sign_in) if fresh else is_strong(act.sign_in):
        request.session.pop(WANTED, None)
        return None
    pressed = request.method not in SAFE
    if pressed:
        messages.warning(request, _("Nothing was changed yet. Confirm that it is you, then press the button again."))
    if staff_ways(act.account, act.sign_in):
        carried = {"next": back} | ({AGAIN: "1"} if pressed else {})
        return redirect(f"{reverse('freedom_id:step_up')}?{urlencode(carried)}")
    return lead_elsewhere(request, act.account, back=back)


def lead_elsewhere(request: HttpRequest, account: Account, *, back: str) -> HttpResponse:
    """Nothing that she could show here is enough: to another sign-in or, if she has no proof that is, to where she sets
    one up, whence a link leads on to `back`."""
    if has_strong_proof(account):
        messages.warning(request, _("Sign in again: by a passkey, or by your password and a code of your app."))
        return redirect(f"{reverse('freedom_id:sign_in')}?{urlencode({'switch': '1', 'next': back})}")
    request.session[WANTED] = back.partition("?")[0]  # what she searched for is not kept
    return redirect("freedom_id:security")
