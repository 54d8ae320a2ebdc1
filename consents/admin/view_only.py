from django.db.models import Model
from django.http import HttpRequest


class ViewOnly:
    """To be mixed into an admin whose rows only the domain writes: a form cannot lock, number, or send signals."""

    # A count over the whole ledger would be slower than the page itself.
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
