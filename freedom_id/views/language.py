from django.conf import settings
from django.http import HttpResponse


def keep_language(response: HttpResponse, language: str) -> HttpResponse:
    """Remember the language in the cookie that Django's LocaleMiddleware reads; the same response."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response
