"""Who exported what: a line in Django's admin log, begun before the first byte and completed after the last."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, StreamingHttpResponse

from consents.domain.export import FORMATS, Row, export
from consents.forms.report_filter import ReportFilter
from consents.models import Reports
from consents.signals import export_completed

SHOWN = 5
BEGUN = "not completed"


def streamed(
    request: HttpRequest, *, what: str, part: ReportFilter, columns: Sequence[str], rows: Iterable[Row], form: str
) -> StreamingHttpResponse:
    """The export as a download `consents-<what>.<form>`."""
    filters = " ".join(f"{name}={value}" for name, value in part.cleaned_data.items() if value not in {None, ""})
    entry = LogEntry.objects.create(
        user_id=cast(Any, request.user.pk),
        content_type=_reports(),
        object_repr=f"{what}.{form} {filters}"[:200],
        action_flag=CHANGE,
        change_message=BEGUN,
    )

    def done(number: int, sha256: str) -> None:
        entry.change_message = f"rows={number} sha256={sha256}"
        entry.save(update_fields=["change_message"])
        export_completed.send(
            sender=Reports, account_id=entry.user_id, what=entry.object_repr, rows=number, sha256=sha256
        )

    response = StreamingHttpResponse(export(columns, rows, form=form, done=done), content_type=FORMATS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="consents-{what}.{form}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def recent_exports() -> list[LogEntry]:
    """The last exports, newest first; what a file says at its end can be compared with them."""
    return list(LogEntry.objects.filter(content_type=_reports()).order_by("-action_time")[:SHOWN])


def _reports() -> ContentType:
    return ContentType.objects.get_for_model(Reports, for_concrete_model=False)
