from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.links import account_link, partner_link


class ViewOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """For rows that only the domain writes: a form cannot lock, digest, or end what hangs on a row.

    `account_path` and `client_path` lead from the row to its account and partner; `ssoid` and `partner` show them
    without loading either row, because the one is sealed and the other carries a logo.
    """

    account_path: ClassVar[str] = ""
    client_path: ClassVar[str] = ""
    # A count over the whole table would be slower than the page itself.
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        named: dict[str, F] = {}
        if self.account_path:
            named["of_account"] = F(f"{self.account_path}_id")
        if self.client_path:
            named |= {"of_client": F(f"{self.client_path}_id"), "client_name": F(f"{self.client_path}__name")}
        rows: QuerySet[Any] = super().get_queryset(request).annotate(**named)
        return rows

    @admin.display(description=_("account"), ordering="of_account")
    def ssoid(self, row: Any) -> SafeString | str:
        return account_link(row.of_account)

    @admin.display(description=_("partner"), ordering="client_name")
    def partner(self, row: Any) -> SafeString | str:
        return partner_link(row.of_client, row.client_name)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
