"""For our templates of the admin's lists and forms."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.contrib.admin.helpers import AdminReadonlyField
from django.contrib.admin.views.main import ChangeList
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from identity_portal.staff.cells import dressed
from identity_portal.staff.empty_lists import EMPTY, NOTHING_YET

register = template.Library()


@register.simple_tag
def dressed_rows(cl: ChangeList, results: Iterable[list[SafeString]]) -> list[list[SafeString]]:
    """The cells of each row of a list, which Django made, as our lists show them."""
    return [
        [
            *(dressed(row, str(name), cell) for name, cell in zip(cl.list_display, cells, strict=False)),
            *cells[len(cl.list_display) :],
        ]
        for row, cells in zip(cl.result_list, results, strict=True)
    ]


@register.filter
def spoken(name: str) -> str:
    """The name of a column or a field in the language of the page, also where Django made it of the field's own."""
    return gettext(name) if name else ""


@register.filter
def spoken_label(field: AdminReadonlyField) -> SafeString:
    """The label of a field that cannot be changed."""
    field.field["label"] = spoken(str(field.field["label"]))
    return field.label_tag()


@register.filter
def dressed_field(field: AdminReadonlyField) -> SafeString:
    """What a form shows of a field that cannot be changed."""
    shown: Any = field.contents()
    return dressed(field.form.instance, str(field.field["field"]), shown)


@register.filter
def when_empty(cl: ChangeList) -> str | Promise:
    """What a list says that has no row yet."""
    return EMPTY.get(cl.opts.label_lower, NOTHING_YET)
