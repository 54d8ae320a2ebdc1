"""Which challenge this browser's authenticators were asked, in a cookie of its own: the offer is asked for while the
person types, and of a session that two requests write at once the slower one stays."""

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from freedom_id.conf import conf
from freedom_id.domain.passkeys import LIFETIME

SALT = "freedom_id.passkey"
AGE = int(LIFETIME.total_seconds())


def cookie_name() -> str:
    """Named after the browser's own cookie, whose prefix keeps other hosts from setting it."""
    return f"{conf.device_cookie}-passkey"


def keep_challenge(response: HttpResponse, challenge: uuid.UUID) -> None:
    response.set_signed_cookie(
        cookie_name(),
        str(challenge),
        salt=SALT,
        max_age=AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def kept_challenge(request: HttpRequest) -> uuid.UUID | None:
    """What this browser was asked last; the row itself is spent by the first answer."""
    kept = request.get_signed_cookie(cookie_name(), default="", salt=SALT, max_age=AGE)
    return uuid.UUID(kept) if kept else None
