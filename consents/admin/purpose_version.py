from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from consents.admin.acts import Act, ActsAdmin, staff_ref
from consents.domain.completeness import missing_from
from consents.domain.purposes import publish_version
from consents.domain.review import draft_from, save_draft, send_back, submit_for_review
from consents.enums import VersionState
from consents.forms.version import VersionForm
from consents.models import PurposeVersion


@admin.register(PurposeVersion)
class PurposeVersionAdmin(ActsAdmin):
    """A draft is free; once it is in review it is frozen, here and by a database trigger."""

    form = VersionForm
    list_display = ["purpose", "number", "state", "change_kind", "published_at"]
    list_filter = ["state", "change_kind"]
    list_select_related = ["purpose"]
    search_fields = ["purpose__name"]
    readonly_fields = ["purpose", "number", "state", "published_at", "submitted_by", "published_by", "content_hash"]
    fieldsets = [
        (None, {"fields": ["purpose", "number", "state"]}),
        (_("Data"), {"fields": ["data_items", "optional_data_items"]}),
        (_("Who gets it, and where"), {"fields": ["recipients", "third_countries", "made_public", "jurisdiction"]}),
        (_("How long"), {"fields": ["lifespan", "lifespan_months", "lifespan_anchor", "retention"]}),
        (_("What becomes of consents to the former version"), {"fields": ["change_kind", "carry_over", "grace"]}),
        (_("Proof"), {"fields": ["submitted_by", "published_by", "published_at", "content_hash"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A version begins on the page of its purpose."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: PurposeVersion | None = None) -> bool:
        return super().has_change_permission(request, obj) and _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: PurposeVersion | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_draft(obj)

    def acts(self) -> dict[str, Act]:
        return {"submit": _submit, "send-back": _send_back, "publish": _publish, "copy": _copy}

    def save_model(self, request: HttpRequest, obj: PurposeVersion, form: Any, change: bool) -> None:
        save_draft(obj, texts=form.words)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        version: PurposeVersion = kwargs["obj"]
        context |= {
            "may_act": self.may_act(request),
            "is_draft": version.state == VersionState.DRAFT,
            "in_review": version.state == VersionState.IN_REVIEW,
            "submitted_by_me": version.submitted_by == staff_ref(request),
            "has_lifespan": version.lifespan is not None or version.lifespan_months is not None,
            "missing": missing_from(version, version.texts.all(), until_withdrawn=True) if _is_draft(version) else [],
        }
        return super().render_change_form(request, context, *args, **kwargs)


def _is_draft(version: PurposeVersion | None) -> bool:
    return version is None or version.state == VersionState.DRAFT


def _submit(request: HttpRequest, version: PurposeVersion) -> None:
    submit_for_review(version, by=staff_ref(request), until_withdrawn="until_withdrawn" in request.POST)


def _send_back(_request: HttpRequest, version: PurposeVersion) -> None:
    send_back(version)


def _publish(request: HttpRequest, version: PurposeVersion) -> None:
    publish_version(version, by=staff_ref(request))


def _copy(_request: HttpRequest, version: PurposeVersion) -> PurposeVersion:
    return draft_from(version)
