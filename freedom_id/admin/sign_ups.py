from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.domain.credentials import identifier_of
from freedom_id.models import SignUp


@admin.register(SignUp)
class SignUpAdmin(ViewOnlyAdmin):
    """Who wanted an account lately, and through whom. What the person said of herself is hers."""

    account_path = "account"
    client_path = "client"
    list_display = ["created_at", "partner", "type", "masked", "proven_at", "ssoid"]
    fields = ["created_at", "partner", "type", "masked", "proven_at", "ssoid"]
    list_filter = ["type", ("proven_at", admin.EmptyFieldListFilter)]
    search_fields = ["account__id__exact", "account__freedom_id__exact"]
    ordering = ["-created_at"]

    @admin.display(description=_("value"))
    def masked(self, sign_up: SignUp) -> str:
        return identifier_of(sign_up).masked
