"""The page of a mail, shown beside its text: in a frame that can do nothing, under a policy of its own."""

from django.http import HttpResponse

# Styles stand inside a mail. Nothing else may: no script, picture, form, nor a frame of another site around it.
LETTER_CSP = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


def letter_page(html: str) -> HttpResponse:
    """The page of a mail, for a sandboxed frame of ours."""
    return HttpResponse(html, headers={"Content-Security-Policy": LETTER_CSP, "X-Frame-Options": "SAMEORIGIN"})


def framing_letters(page: HttpResponse) -> HttpResponse:
    """`page`, which is otherwise like every page of ours, may have such frames (`middleware.SecurityHeaders`)."""
    page.frame_src = "'self'"  # type: ignore[attr-defined]
    return page
