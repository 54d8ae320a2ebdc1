"""The demo's phone and mailbox: what was sent, newest first, and what the apps of its staff show."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from freedom_id.domain.identifiers import InvalidIdentifier, mask_email, mask_phone, parse_identifier
from freedom_id.framed_letters import framing_letters, letter_page
from identity_portal.demo.models import InboxMessage
from identity_portal.demo.staff_apps import seconds_left, shown_codes

SHOWN = 100


@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """`/demo/inbox/?to=`"""
    to = _address(request)
    rows = [
        {
            "to_masked": _masked(message.to),
            "channel": message.channel,
            "subject": message.subject if message.channel == "email" else "",
            "text": message.text,
            "letter": reverse("demo:letter", args=[message.pk]) if message.html else "",
            "sent_at": message.sent_at,
        }
        for message in _messages(to)
    ]
    context: dict[str, Any] = {"messages": rows, "filter_to": _masked(to) if to else ""}
    if not to:
        context |= {"codes": shown_codes(), "seconds": seconds_left()}
    return framing_letters(render(request, "demo/inbox.html", context))


@never_cache
@require_safe
def letter(_request: HttpRequest, number: int) -> HttpResponse:
    """The page of a mail, for the frame beside its text."""
    return letter_page(get_object_or_404(InboxMessage.objects.exclude(html=""), pk=number).html)


@never_cache
@require_safe
def inbox_json(request: HttpRequest) -> JsonResponse:
    """`/demo/inbox.json?to=`: the same with full addresses, for programs that try the sign-in."""
    fields = ("to", "channel", "subject", "text", "sent_at")
    return JsonResponse({"messages": list(_messages(_address(request)).values(*fields))})


def _messages(to: str) -> QuerySet[InboxMessage]:
    messages = InboxMessage.objects.all()
    return (messages.filter(to=to) if to else messages)[:SHOWN]


def _address(request: HttpRequest) -> str:
    """The address asked for in its normal form: a `+` that a query lost to a space is found again."""
    to = request.GET.get("to", "").strip()
    try:
        return parse_identifier(to).value
    except InvalidIdentifier:
        return to


def _masked(address: str) -> str:
    try:
        return mask_email(address) if "@" in address else mask_phone(parse_identifier(address).value)
    except InvalidIdentifier:
        return address
