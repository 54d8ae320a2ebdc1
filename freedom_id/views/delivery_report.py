"""What SMS gateways report of a message, at the secret address that they were given with it."""

from collections.abc import Mapping

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from freedom_id.channels import reporting_channel
from freedom_id.channels.delivery_reports import reported_message
from freedom_id.domain.code_messages import note_delivery


@csrf_exempt
@never_cache
@require_POST
def delivery_report(request: HttpRequest, gateway: str, token: str) -> HttpResponse:
    channel, message_id = reporting_channel(gateway), reported_message(gateway, token)
    if channel is None or message_id is None:
        raise Http404
    delivered = channel.was_delivered(_fields(request))
    if delivered is not None:
        note_delivery(message_id, delivered=delivered)
    return HttpResponse(status=204)


def _fields(request: HttpRequest) -> Mapping[str, str]:
    """A form or a JSON object, whichever the gateway sends; what is no text is left out."""
    if request.content_type != "application/json":
        return {name: str(value) for name, value in request.POST.items()}
    try:
        found = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}
