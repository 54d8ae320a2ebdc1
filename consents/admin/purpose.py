from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from consents.admin.acts import Act, ActsAdmin
from consents.domain.purposes import is_retired, keep_purpose, retire_purpose
from consents.domain.review import draft_from, draft_version
from consents.enums import VersionState
from consents.errors import PurposeConflict
from consents.models import Purpose, PurposeVersion

IDENTITY = ["name", "scope", "legal_basis", "mechanism"]


class PurposeVersionInline(admin.TabularInline):  # type: ignore[type-arg]
    """An overview; a version is written on its own page, together with its texts."""

    model = PurposeVersion
    fields = ["number", "state", "change_kind", "carry_over", "published_at", "data_items"]
    readonly_fields = ["number", "state", "change_kind", "carry_over", "published_at", "data_items"]
    ordering = ["-number"]
    extra = 0
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Purpose | None = None) -> bool:
        return False


@admin.register(Purpose)
class PurposeAdmin(ActsAdmin):
    """Never deleted: the ledger points at it. To end it, retire it."""

    list_display = ["name", "scope", "legal_basis", "retired_at"]
    list_filter = ["scope", "legal_basis"]
    search_fields = ["name"]
    inlines = [PurposeVersionInline]

    def get_fields(self, request: HttpRequest, obj: Purpose | None = None) -> Any:
        return [*IDENTITY, "retired_at"] if obj else IDENTITY

    def get_readonly_fields(self, request: HttpRequest, obj: Purpose | None = None) -> list[str]:
        """All of it says what a consent once given covers."""
        return [*IDENTITY, "retired_at"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Purpose | None = None) -> bool:
        return False

    def acts(self) -> dict[str, Act]:
        return {"new-version": _new_version, "retire": _retire, "keep": _keep}

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        purpose: Purpose | None = kwargs.get("obj")
        context["may_act"] = purpose is not None and self.may_act(request) and not is_retired(purpose)
        context["retire_at"] = timezone.localtime((purpose and purpose.retired_at) or _tomorrow())
        for button in ("show_save", "show_save_and_continue", "show_save_and_add_another"):
            context[button] = purpose is None  # once made, nothing of it is changed by a form
        return super().render_change_form(request, context, *args, **kwargs)


def _new_version(_request: HttpRequest, purpose: Purpose) -> PurposeVersion:
    published = purpose.versions.filter(state=VersionState.PUBLISHED).first()
    return draft_from(published) if published else draft_version(purpose.name)


def _retire(request: HttpRequest, purpose: Purpose) -> None:
    try:
        moment = parse_datetime(request.POST.get("at", ""))
    except ValueError:
        moment = None
    if moment is None:
        raise PurposeConflict(_("Give a date and a time."))
    retire_purpose(purpose.name, at=timezone.make_aware(moment) if timezone.is_naive(moment) else moment)


def _keep(_request: HttpRequest, purpose: Purpose) -> None:
    keep_purpose(purpose.name)


def _tomorrow() -> datetime:
    """The day after today, as it begins."""
    return timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time()))
