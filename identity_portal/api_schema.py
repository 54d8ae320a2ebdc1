"""The OpenAPI document of every REST door, and the page that shows it. Nothing is loaded from elsewhere."""

import hashlib
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import condition, require_safe

MEDIA_TYPE = "application/yaml"  # RFC 9512


@lru_cache(maxsize=1)
def document() -> bytes:
    """`docs/openapi.yaml` as committed; it changes with a deployment only."""
    content: bytes = (settings.BASE_DIR / "docs" / "openapi.yaml").read_bytes()
    return content


def _etag(_request: HttpRequest) -> str:
    return f'"{hashlib.sha256(document()).hexdigest()[:32]}"'


@require_safe
@condition(etag_func=_etag)
def schema(_request: HttpRequest) -> HttpResponse:
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(document(), MEDIA_TYPE, headers=headers)


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI on the document; what it tries out goes to this very portal."""
    return render(request, "api_docs.html")
