from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

NOTHING = "–"


def account_link(ssoid: int | None) -> SafeString | str:
    """A link to the account with this SSOID; no row is read and no name is unsealed for it."""
    return _link("account", ssoid, f"SSOID {ssoid}") if ssoid else NOTHING


def partner_link(pk: int | None, name: str | None) -> SafeString | str:
    """A link to the partner with this integer id."""
    return _link("partnerclient", pk, name or f"{pk}") if pk else NOTHING


def _link(model: str, pk: Any, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(f"admin:freedom_id_{model}_change", args=[pk]), text)
