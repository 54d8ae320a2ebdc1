"""Who signed in on this browser before: offered on the sign-in page, masked. Choosing one spares the typing, and no
proof."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from freedom_id.domain.devices import forget_at_browser
from freedom_id.domain.queries.accounts_at_browser import OfferedAccount, accounts_at_browser
from freedom_id.forms.sign_in import OfferedAccountForm
from freedom_id.models import AuthorizationRequest
from freedom_id.views.browser_device import known_browser_key
from freedom_id.views.browser_session import is_stale, remember_identifier
from freedom_id.views.sign_in_steps import onward_url, step_url, with_asked


def offered_accounts(request: HttpRequest) -> list[OfferedAccount]:
    """By the key that this browser shows; without one nobody, and nothing is asked."""
    key = known_browser_key(request)
    return accounts_at_browser(key) if key else []


@never_cache
@require_POST
@with_asked
def choose(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    """An account that is not offered here answers as one that there is not."""
    device_id = _device_id(request)
    chosen = next((one for one in offered_accounts(request) if one.device_id == device_id), None)
    if chosen is None:
        return redirect(step_url(request, "sign_in", switch="1"))
    if _is_signed_in(request, chosen, asked):
        return redirect(onward_url(request))
    remember_identifier(request, chosen.identifier)
    return redirect(step_url(request, "password"))


@never_cache
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    key, device_id = known_browser_key(request), _device_id(request)
    if key and device_id:
        forget_at_browser(device_id, key=key)
        messages.success(request, _("This browser no longer offers that account. Nothing else changed."))
    return redirect(step_url(request, "sign_in", switch="1"))


def _device_id(request: HttpRequest) -> UUID | None:
    form = OfferedAccountForm(request.POST)
    return form.cleaned_data["device"] if form.is_valid() else None


def _is_signed_in(request: HttpRequest, chosen: OfferedAccount, asked: AuthorizationRequest | None) -> bool:
    """Whether the running session is that account's, and new enough for what the partner asked."""
    if request.user.pk != chosen.account_id:
        return False
    return asked is None or not is_stale(request, asked)
