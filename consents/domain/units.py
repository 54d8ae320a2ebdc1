"""The rows that a check judges: one per known purpose, with the state of the person's unit if there is one.

Two ways to read them: Django's ORM here, and a piece of SQL that a statement which already knows the account joins, so
that who asks and what stands are read at one moment (PostgreSQL).
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import FilteredRelation, Q

from consents.models import Purpose, Subject


class Unit(NamedTuple):
    """A purpose with what its present version accepts; everything after that is None when the person never answered."""

    name: str
    scope: str
    retired_at: datetime | None
    accepts_from: int | None
    carried_from: int | None
    carried_until: datetime | None
    scope_key: str | None
    status: str | None
    expires_at: datetime | None
    transaction_id: UUID | None
    version_number: int | None


# In the order of Unit. Every look-up is by a unique index: the purpose's name, the subject's account, the unit.
UNIT_COLUMNS = (
    "p.name, p.scope, p.retired_at, p.accepts_from, p.carried_from, p.carried_until,"
    " s.scope_key, s.status, s.expires_at, s.last_transaction_id, s.version_number"
)


def join_units(*, account: str, scope_key: str) -> str:
    """The joins that give UNIT_COLUMNS, for PostgreSQL: a row per purpose of the parameter `names` (a list of text).

    `account` and `scope_key` are SQL: the account's key and the caller's scope key in the statement that this extends.
    They are written by programmers, never taken from a request.
    """
    return f"""
LEFT JOIN consents_purpose p ON p.name = ANY(%(names)s::text[])
LEFT JOIN consents_subject j ON j.account_id = {account}
LEFT JOIN consents_consentstate s ON s.subject_id = j.id AND s.purpose_id = p.id
    AND s.scope_key = CASE p.scope WHEN 'per_client' THEN {scope_key} ELSE '' END
"""


def units_of_subject(subject: Subject | None, *, names: Collection[str], scope_key: str) -> list[Unit]:
    """The same rows by the ORM, in one query; a global unit beside a per-client one may be among them.

    None is somebody who never decided anything.
    """
    unit = FilteredRelation("states", condition=Q(states__subject=subject, states__scope_key__in=["", scope_key]))
    rows = (
        Purpose.objects.filter(name__in=names)
        .annotate(unit=unit)
        .values_list(
            "name",
            "scope",
            "retired_at",
            "accepts_from",
            "carried_from",
            "carried_until",
            "unit__scope_key",
            "unit__status",
            "unit__expires_at",
            "unit__last_transaction",
            "unit__version_number",
        )
    )
    return [Unit(*row) for row in rows]
