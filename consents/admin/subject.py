from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from consents.admin.view_only import ViewOnly
from consents.models import Subject


@admin.register(Subject)
class SubjectAdmin(ViewOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Made at the first decision; outlives its account. The account itself is personal data and not shown."""

    list_display = ["id", "has_account"]
    fields = ["id", "has_account"]
    ordering = ["id"]

    @admin.display(description=_("has an account"), boolean=True)
    def has_account(self, subject: Subject) -> bool:
        return subject.account_id is not None
