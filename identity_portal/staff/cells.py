"""What the admin makes of a state and of a moment, in a list and on the page of a row: a label whose shape tells how
things stand, and a time with its age."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.utils import display_for_field
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField, Field, Model
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

STATES = {"state", "status"}
# A value without a tone is one that nobody need look at: retired, closed, draft.
TONES = {
    **dict.fromkeys(
        (
            *("active", "live", "approved", "completed", "ready", "delivered", "done", "published", "signing"),
            *("open", "given", "allowed", "granted"),
        ),
        "good",
    ),
    **dict.fromkeys(
        (
            *("accepted", "running", "waiting", "working", "queued", "pending", "scanned", "in_review", "submitted"),
            *("sandbox", "suspended"),
        ),
        "waiting",
    ),
    **dict.fromkeys(
        ("blocked", "failed", "dead", "given_up", "declined", "refused", "rejected", "revoked", "denied"), "bad"
    ),
}
LONGEST_AGE = timedelta(days=30)


def dressed(row: Model, name: str, shown: str) -> SafeString:
    """`shown`, the HTML in which Django shows field `name` of the row, with a state as a badge and a moment as
    <time> with its age. Whatever is neither stays as it is."""
    field = _field(row, name)
    value = getattr(row, name, None)
    if field is None or value in (None, ""):
        return mark_safe(shown)  # noqa: S308 -- Django's own HTML
    plain = conditional_escape(str(display_for_field(value, field, "")))
    if isinstance(value, datetime):
        return _instead(shown, plain, moment(value, plain))
    if name in STATES and field.choices:
        return _instead(shown, plain, badge(str(value), plain))
    return mark_safe(shown)  # noqa: S308 -- Django's own HTML


def badge(value: str, label: str) -> SafeString:
    """The label of a state: its shape and colour tell whether it is good, under way or bad."""
    return format_html('<span class="badge {}">{}</span>', TONES.get(value, "plain"), label)


def moment(at: datetime, text: str) -> SafeString:
    """The text of a moment, and how long ago it was or how soon it will be."""
    age = age_of(at - timezone.now())
    said = format_html(' <span class="age">{}</span>', age) if age else ""
    return format_html('<time datetime="{}">{}</time>{}', at.isoformat(timespec="seconds"), text, said)


def age_of(distance: timedelta) -> str:
    """`distance` from now in one number, "" when it is longer than a date is easier to read."""
    length = abs(distance)
    if length > LONGEST_AGE:
        return ""
    minutes = int(length.total_seconds() // 60)
    past = distance < timedelta(0)
    if minutes < 60:
        said = _("%(number)s min ago") if past else _("in %(number)s min")
        return str(said) % {"number": minutes}
    if minutes < 48 * 60:
        said = _("%(number)s h ago") if past else _("in %(number)s h")
        return str(said) % {"number": minutes // 60}
    said = _("%(number)s d ago") if past else _("in %(number)s d")
    return str(said) % {"number": minutes // (24 * 60)}


def _field(row: Model, name: str) -> "Field[Any, Any] | None":
    try:
        field = row._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field) and (field.choices or isinstance(field, DateTimeField)) else None


def _instead(shown: str, plain: str, better: SafeString) -> SafeString:
    """Django shows a value between two tags, or alone."""
    if shown == plain:
        return better
    return mark_safe(shown.replace(f">{plain}<", f">{better}<", 1))  # noqa: S308 -- both are Django's HTML
