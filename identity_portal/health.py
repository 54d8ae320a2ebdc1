from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from identity_portal.readiness import READINESS

NO_STORE = {"Cache-Control": "no-store"}


def livez(_request: HttpRequest) -> HttpResponse:
    """The process answers; it says nothing about what it depends on."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Whether this process should be sent requests: 200, or 503 while something is away that they need."""
    report = READINESS.report()
    return JsonResponse(report, status=200 if report["ready"] else 503, headers=NO_STORE)
