"""Acts of the person on the ways into her account, at her own pages."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.step_up import FreshProofNeeded
from freedom_id.errors import AccountUnavailable
from freedom_id.models import BrowserSignIn
from freedom_id.views.browser_session import current_sign_in, sign_out

View = Callable[..., HttpResponse]


def persons_act(request: HttpRequest) -> PersonsAct:
    """Of the signed-in person, by the sign-in of this session."""
    sign_in = current_sign_in(request)
    row = BrowserSignIn.objects.filter(pk=sign_in.sign_in_id).first()
    return PersonsAct(sign_in.account, None, None, sign_in.ip, row)


def with_fresh_proof(view: View, *, after_post: str = "freedom_id:security") -> View:
    """Where the domain asks for fresh proof, the person is led to show it and then back to this page; after a press
    that came too late, to the page `after_post`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except FreshProofNeeded:
            back = request.path if request.method == "GET" else reverse(after_post)
            return redirect(f"{reverse('freedom_id:confirm')}?{urlencode({'next': back})}")
        except AccountUnavailable:
            sign_out(request)
            return redirect("freedom_id:sign_in")

    return never_cache(login_required(guarded))
