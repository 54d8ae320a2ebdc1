"""Language and appearance, as the person chose them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from freedom_id.client_address import client_ip
from freedom_id.domain.accounts import change_person
from freedom_id.enums import Theme
from freedom_id.forms.own_pages import PreferencesForm
from freedom_id.middleware import THEME_COOKIE, chosen_theme
from freedom_id.views.browser_session import account_of
from freedom_id.views.language import keep_language

A_YEAR = 365 * 24 * 3600


@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """The language is kept with the account, for messages too; the appearance in this browser alone."""
    account = account_of(request)
    now = {"language": translation.get_language(), "theme": chosen_theme(request) or Theme.SYSTEM}
    form = PreferencesForm(request.POST or None, initial=now)
    if request.method != "POST" or not form.is_valid():
        return render(request, "freedom_id/me/preferences.html", {"form": form}, status=400 if form.errors else 200)
    language = form.cleaned_data["language"]
    if language != account.locale:
        change_person(account, {"locale": language}, client=None, ip=client_ip(request))
    with translation.override(language):
        messages.success(request, _("Saved."))
    response = redirect("freedom_id:preferences")
    keep_language(response, language)
    _keep_theme(request, response, form.cleaned_data["theme"])
    return response


def _keep_theme(request: HttpRequest, response: HttpResponse, theme: str) -> None:
    if theme == Theme.SYSTEM:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    else:
        secure = request.is_secure()
        response.set_cookie(THEME_COOKIE, theme, max_age=A_YEAR, secure=secure, httponly=True, samesite="Lax")
