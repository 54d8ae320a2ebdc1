from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language_info, gettext

from freedom_id.domain.messages.samples import Sample, sample_named, samples
from freedom_id.domain.messages.segments import segments
from freedom_id.enums import Channel
from freedom_id.framed_letters import framing_letters, letter_page


class MessagePreviews(admin.ModelAdmin):  # type: ignore[type-arg]
    """What people and partners receive, with made-up values: every message on every channel in every language. For
    whoever may view the rows."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        mine = [
            path("messages/", view(self.previews), name="freedom_id_messages"),
            path("messages/<slug:name>/<slug:language>.html", view(self.letter), name="freedom_id_letter"),
        ]
        return mine + super().get_urls()

    def previews(self, request: HttpRequest) -> HttpResponse:
        """`?language=`; one that there is not is as if none were chosen."""
        self._require_view(request)
        asked = request.GET.get("language", "")
        language = asked if asked in _languages() else settings.LANGUAGE_CODE
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Messages"),
            "opts": self.opts,
            "language": language,
            "languages": [get_language_info(code) for code in _languages()],
            "messages_sent": [_shown(sample, language) for sample in samples()],
        }
        return framing_letters(render(request, "admin/freedom_id/notice/messages.html", context))

    def letter(self, request: HttpRequest, name: str, language: str) -> HttpResponse:
        """The page of a mail, for its frame."""
        self._require_view(request)
        sample = sample_named(name)
        if sample is None or sample.channel != Channel.EMAIL or language not in _languages():
            raise Http404
        return letter_page(sample.message(language).html)

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def _languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


def _shown(sample: Sample, language: str) -> dict[str, Any]:
    message = sample.message(language)
    is_mail = sample.channel == Channel.EMAIL
    return {
        "name": sample.name,
        "title": sample.title,
        "channel": gettext("Push message") if sample.channel not in Channel.values else Channel(sample.channel).label,
        "subject": message.subject if sample.channel != Channel.SMS else "",
        "text": message.text,
        "segments": segments(message.text) if sample.channel == Channel.SMS else 0,
        "letter": reverse("admin:freedom_id_letter", args=[sample.name, language]) if is_mail else "",
    }
