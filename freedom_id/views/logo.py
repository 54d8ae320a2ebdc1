from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from freedom_id.models import PartnerClient


@cache_control(public=True, max_age=3600)
def logo(_request: HttpRequest, client_id: str) -> HttpResponse:
    """A partner's logo, from our own origin."""
    image = PartnerClient.objects.filter(client_id=client_id).values_list("logo", flat=True).first()
    if not image:
        raise Http404
    return HttpResponse(bytes(image), content_type="image/png")
