"""The person is signed in, and the partner, or her work as staff, wants it known more surely that it is she: a second
proof (RFC 9470)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.rfc9470_step_up import UNMET, meets, raise_by_app, raise_by_passkey, raise_by_password, ways_up
from freedom_id.domain.staff import staff_ways
from freedom_id.domain.staff_proof import is_fresh
from freedom_id.enums import ProofType
from freedom_id.errors import RateLimited
from freedom_id.forms.passkeys import PasskeyAnswerForm
from freedom_id.forms.sign_in import AppCodeForm, PasswordForm
from freedom_id.models import AuthorizationRequest
from freedom_id.views.asked_passkey import kept_challenge
from freedom_id.views.browser_session import keep_raised
from freedom_id.views.fresh_proof import persons_act
from freedom_id.views.problem import limited_text
from freedom_id.views.return_address import allow_return_to, return_error
from freedom_id.views.shown import show_partner
from freedom_id.views.sign_in_steps import onward_url, step_url, with_asked
from freedom_id.views.staff_proof import AGAIN, lead_elsewhere

FORMS: dict[ProofType, type[Form]] = {ProofType.PASSWORD: PasswordForm, ProofType.TOTP: AppCodeForm}


def level_problem(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse | None:
    """What stands between this sign-in and the level that is asked for: the page that raises it or, when nothing can
    and the client insists, its error. None when the request can go on."""
    if not asked.acr:
        return None
    act = persons_act(request)
    if meets(asked, act.sign_in):
        return None
    if ways_up(act.account, act.sign_in):
        return redirect(f"{reverse('freedom_id:step_up')}?{urlencode({'track_id': str(asked.pk)})}")
    return return_error(request, asked, UNMET) if asked.acr_essential else None


def silent_level_error(request: HttpRequest, asked: AuthorizationRequest) -> str:
    """What `prompt=none` is told when the client insists on a level that this sign-in has not; "" when it can go on."""
    if not asked.acr_essential:
        return ""
    act = persons_act(request)
    if meets(asked, act.sign_in):
        return ""
    return "login_required" if ways_up(act.account, act.sign_in) else UNMET


@never_cache
@login_required
@sensitive_post_parameters("code", "password")
@require_http_methods(["GET", "POST"])
@with_asked
def step_up(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    """`/login/step-up?track_id=…` on the way to a partner, `?next=…` on the way of staff to its work; where nothing is
    to be proven, the person goes on."""
    act, status = persons_act(request), 200
    ways = _ways(act, asked)
    if not ways:
        return _past(request, act, asked)
    form = FORMS[ways[0]](request.POST or None) if ways[0] in FORMS else Form()
    if request.method == "POST" and form.is_valid():
        try:
            if _proves(request, act, ways[0], form):
                return _onward(request)
            form.add_error(None, _("This does not match. Try again."))
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
    return _page(request, asked, ways, form, status=status)


@never_cache
@login_required
@require_POST
@with_asked
def passkey(request: HttpRequest, _asked: AuthorizationRequest | None) -> HttpResponse:
    act, challenge, form = persons_act(request), kept_challenge(request), PasskeyAnswerForm(request.POST)
    answer = form.cleaned_data["response"] if form.is_valid() else {}
    try:
        if act.sign_in and raise_by_passkey(act.account, act.sign_in, challenge, answer, ip=act.ip):
            keep_raised(request, act.sign_in)
            return _onward(request)
        messages.warning(request, _("This passkey did not work here. Try again, or sign in another way."))
    except RateLimited as error:
        messages.warning(request, limited_text(error))
    return redirect(_address(request, "step_up"))


def _ways(act: PersonsAct, asked: AuthorizationRequest | None) -> list[ProofType]:
    """What the person can show, the first one first; nothing where nothing is to be proven, or nothing would do."""
    if asked is None:
        return [] if is_fresh(act.sign_in) or not act.account.is_staff else staff_ways(act.account, act.sign_in)
    return [] if meets(asked, act.sign_in) else ways_up(act.account, act.sign_in)


def _past(request: HttpRequest, act: PersonsAct, asked: AuthorizationRequest | None) -> HttpResponse:
    if asked is None and act.account.is_staff and not is_fresh(act.sign_in):
        return lead_elsewhere(request, act.account, back=onward_url(request))
    return redirect(onward_url(request))


def _proves(request: HttpRequest, act: PersonsAct, way: ProofType, form: Form) -> bool:
    assert act.sign_in is not None  # noqa: S101 -- there is a way up from it
    if way is ProofType.TOTP:
        right = raise_by_app(act.account, act.sign_in, form.cleaned_data["code"], ip=act.ip)
    elif way is ProofType.PASSWORD:
        right = raise_by_password(act.account, act.sign_in, form.cleaned_data["password"], ip=act.ip)
    else:
        return False
    if right:
        keep_raised(request, act.sign_in)
    return right


def _onward(request: HttpRequest) -> HttpResponse:
    """Who pressed a button before is told that the press is still to be made."""
    if AGAIN in request.GET:
        messages.info(request, _("Thank you. Nothing was changed yet: press the button again."))
    return redirect(onward_url(request))


def _page(
    request: HttpRequest, asked: AuthorizationRequest | None, ways: list[ProofType], form: Form, *, status: int
) -> HttpResponse:
    context = {
        "form": form,
        "kind": ways[0],
        "by_passkey": ProofType.PASSKEY in ways,
        "partner": show_partner(asked.client) if asked else None,
        "passkey_url": _address(request, "step_up_passkey"),
        "change_url": step_url(request, "sign_in", switch="1"),
    }
    return allow_return_to(render(request, "freedom_id/step_up.html", context, status=status), asked)


def _address(request: HttpRequest, name: str) -> str:
    """Another address of this step; what the person came for goes along."""
    return step_url(request, name, **({AGAIN: "1"} if AGAIN in request.GET else {}))
