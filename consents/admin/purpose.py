from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from consents.domain.purposes import publish_version, retire_purpose
from consents.enums import VersionState
from consents.errors import ConsentsError
from consents.models import Purpose, PurposeText, PurposeVersion


class PurposeVersionInline(admin.TabularInline):  # type: ignore[type-arg]
    """An overview; a version is written on its own page, together with its texts."""

    model = PurposeVersion
    fields = ["number", "state", "published_at", "lifespan", "data_items"]
    readonly_fields = ["number", "state", "published_at", "lifespan", "data_items"]
    ordering = ["-number"]
    extra = 0
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Purpose | None = None) -> bool:
        return False


@admin.register(Purpose)
class PurposeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Never deleted: the ledger points at it. To end it, retire it."""

    list_display = ["name", "scope", "legal_basis", "retired_at"]
    list_filter = ["scope", "legal_basis"]
    search_fields = ["name"]
    inlines = [PurposeVersionInline]
    actions = ["retire"]

    def get_readonly_fields(self, request: HttpRequest, obj: Purpose | None = None) -> list[str]:
        """Name and scope say what a consent once given covers."""
        return ["name", "scope", "retired_at"] if obj else ["retired_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Purpose | None = None) -> bool:
        return False

    @admin.action(description=_("Retire the selected purposes"), permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Purpose]) -> None:
        for purpose in queryset:
            retire_purpose(purpose.name)


class PurposeTextInline(admin.StackedInline):  # type: ignore[type-arg]
    model = PurposeText
    fields = ["locale", "title", "text", "consequence"]
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: PurposeVersion | None = None) -> bool:
        return super().has_add_permission(request, obj) and _is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: PurposeVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: PurposeVersion | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_draft(obj)


@admin.register(PurposeVersion)
class PurposeVersionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A draft is free; once published it is frozen, here and by a database trigger."""

    list_display = ["purpose", "number", "state", "published_at"]
    list_filter = ["state"]
    list_select_related = ["purpose"]
    search_fields = ["purpose__name"]
    fields = ["purpose", "number", "lifespan", "data_items", "state", "published_at", "content_hash"]
    readonly_fields = ["state", "published_at", "content_hash"]
    inlines = [PurposeTextInline]
    actions = ["publish"]

    def has_change_permission(self, request: HttpRequest, obj: PurposeVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: PurposeVersion | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_draft(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Each text gets its digest as it is written."""
        for text in formset.save(commit=False):
            text.sha256 = text.digest()
            text.save()
        for text in formset.deleted_objects:
            text.delete()

    @admin.action(description=_("Publish the selected drafts"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[PurposeVersion]) -> None:
        for version in queryset:
            try:
                publish_version(version)
            except ConsentsError as error:
                self.message_user(request, f"{version.purpose}: {error.description}", messages.ERROR)


def _is_draft(version: PurposeVersion | None) -> bool:
    return version is None or version.state == VersionState.DRAFT
