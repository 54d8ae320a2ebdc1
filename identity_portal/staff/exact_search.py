from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import get_fields_from_path, lookup_spawns_duplicates
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

EXACT = "__exact"
MOST_NAMED = 100


def exact_search(
    owner: "ModelAdmin[Any]", request: HttpRequest, rows: QuerySet[Any], searched: str
) -> tuple[QuerySet[Any], bool]:
    """The rows in which each word is found: by the first of the exact `search_fields` that knows it, else by the names;
    and whether some may be found twice.

    Django's search casts every number, UUID and address to text and asks for all fields in one condition, which reads a
    table of millions from its first row to its last. Here each exact field is asked by itself and in its own type, so
    that its index answers; a word that cannot be a value of the field is not asked for.
    """
    fields = [field.replace("=", "") + EXACT * field.startswith("=") for field in owner.get_search_fields(request)]
    for word in searched.split() if fields else ():
        rows = _where_found(word, rows, fields)
    return rows, bool(searched) and any(lookup_spawns_duplicates(owner.opts, field) for field in fields)


def _where_found(word: str, rows: QuerySet[Any], fields: list[str]) -> QuerySet[Any]:
    names = Q()
    for field in fields:
        if not field.endswith(EXACT):
            names |= _named(rows.model, field, word)
        elif (found := _exactly(rows.model, field, word)) and rows.filter(found).order_by().exists():
            return rows.filter(found)
    return rows.filter(names) if names else rows.none()


def _exactly(model: type, lookup: str, word: str) -> Q | None:
    field = get_fields_from_path(model, lookup.removesuffix(EXACT))[-1]
    try:
        return Q(**{lookup: field.clean(word, None)})
    except ValidationError:
        return None


def _named(model: type, path: str, word: str) -> Q:
    """A name in another table is looked up there first: by the keys of what is named so, the planner knows how many
    rows there will be."""
    to_table, _, name = path.rpartition("__")
    if not to_table:
        return Q(**{f"{name}__icontains": word})
    table = get_fields_from_path(model, path)[-1].model._default_manager
    keys = table.filter(**{f"{name}__icontains": word}).values_list("pk", flat=True)
    return Q(**{f"{to_table}__in": list(keys[:MOST_NAMED])})
