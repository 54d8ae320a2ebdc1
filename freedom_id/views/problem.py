"""Pages for what cannot go on, and words for limits."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from freedom_id.domain.sandbox_rule import NotForThisPerson
from freedom_id.errors import AccountUnavailable, FreedomIdError, RateLimited


def problem_page(
    request: HttpRequest, *, title: str, message: str, status: int, code: int | None = None
) -> HttpResponse:
    context = {"title": title, "message": message, "code": code}
    return render(request, "freedom_id/problem.html", context, status=status)


def untrusted_page(request: HttpRequest) -> HttpResponse:
    """A client or an address that cannot be trusted: tell the person, never redirect (RFC 6749 §4.1.2.1)."""
    return problem_page(
        request,
        title=_("This request cannot be trusted"),
        message=_("The site that sent you here is not known, or asked in a wrong way. Go back and try again there."),
        status=400,
    )


def link_problem(request: HttpRequest, error: FreedomIdError) -> HttpResponse:
    """An unknown, used or expired link: a page, never a redirect, for there is no address to trust."""
    if isinstance(error, AccountUnavailable):
        title, message = _("This account cannot be used"), _("It is blocked or closed. Write to support to learn more.")
    elif isinstance(error, NotForThisPerson):
        title = _("This service is being tried out")
        message = _("It works with its test persons alone until it is open for everybody. Nothing was shared.")
    else:
        title = _("This link no longer works")
        message = _("A link to sign in works once and for 10 minutes. Go back to the site and start again there.")
    return problem_page(request, title=title, message=message, status=error.http_status, code=error.code)


def limited_text(error: RateLimited) -> str:
    """When the person may try again."""
    if error.retry_after < 90:
        return ngettext(
            "Too many tries. Wait %(number)d second, then try again.",
            "Too many tries. Wait %(number)d seconds, then try again.",
            error.retry_after,
        ) % {"number": error.retry_after}
    minutes = -(-error.retry_after // 60)
    return ngettext(
        "Too many tries. Wait %(number)d minute, then try again.",
        "Too many tries. Wait %(number)d minutes, then try again.",
        minutes,
    ) % {"number": minutes}
