"""Who is at the browser, and where they may be sent on to."""

from collections.abc import Collection
from typing import cast
from urllib.parse import urlsplit
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser
from django.http import Http404, HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from consents.domain.subjects import find_subject
from consents.models import Subject

BINDING = "consents.binding"


def account_of(request: HttpRequest) -> AbstractBaseUser:
    """The signed-in account, for views behind `login_required`."""
    return cast(AbstractBaseUser, request.user)


def subject_of(request: HttpRequest) -> Subject | None:
    """The signed-in person; None for somebody who never decided anything, because looking writes nothing."""
    return find_subject(account_of(request).pk)


def subject_or_404(request: HttpRequest) -> Subject:
    subject = subject_of(request)
    if subject is None:
        raise Http404
    return subject


def binding_of(request: HttpRequest) -> str:
    """What ties a page to this browser session: a random text in it, for whatever engine keeps the session."""
    return str(request.session.setdefault(BINDING, str(uuid4())))


def safe_next(request: HttpRequest, origins: Collection[str] = ()) -> str:
    """`next` when it stays on this site or leads to one of `origins` (`https://host[:port]`), else ""."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return target if _origin(target) in origins else ""


def _origin(url: str) -> str:
    """Of an absolute address that every browser reads in one way, else "": no backslash, no space."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    plain = url.isprintable() and not set(url) & set("\\ ") and url.startswith(f"{parts.scheme}://{parts.netloc}")
    return f"{parts.scheme}://{parts.netloc}" if plain and parts.netloc else ""
