"""Who asks and what stands, read at one moment: the check's statements, and their ORM twins for SQLite.

The consent tables are named by `consents.domain.units` alone, which gives the joins; this side gives the account and
the client. So a withdrawal, an ended authorization and a suspension all show at the very next check, for one statement.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from consents.domain.subjects import find_subject
from consents.domain.units import UNIT_COLUMNS, Unit, join_units, units_of_subject
from freedom_id.domain.rows import AskingToken, ClientRow
from freedom_id.domain.statements import is_postgresql, read_access, read_rows
from freedom_id.enums import AccountStatus
from freedom_id.models import Account, Authorization, PartnerClient

OF_TOKEN = f"""
SELECT t.expires, f.ended_at, a.ended_at, c.client_id, c.status, u.id, u.freedom_id, u.status, {UNIT_COLUMNS}
FROM freedom_id_accesstoken t
JOIN freedom_id_tokenfamily f ON f.id = t.family_id
JOIN freedom_id_authorization a ON a.id = f.authorization_id
JOIN freedom_id_account u ON u.id = a.account_id
JOIN freedom_id_partnerclient c ON c.id = a.client_id
{join_units(account="u.id", scope_key="c.client_id")}
WHERE t.token_checksum = %(digest)s
"""  # noqa: S608 -- put together from constants

OF_CLIENT = f"""
SELECT u.id, u.freedom_id, {UNIT_COLUMNS}
FROM freedom_id_account u
JOIN freedom_id_authorization a ON a.account_id = u.id AND a.client_id = %(client)s AND a.ended_at IS NULL
{join_units(account="u.id", scope_key="%(client_id)s::text")}
WHERE u.status = 'active' AND (u.id = ANY(%(ssoids)s::bigint[]) OR u.freedom_id = ANY(%(freedom_ids)s::uuid[]))
"""  # noqa: S608 -- as above

TOKEN_COLUMNS = 8
PERSON_COLUMNS = 2
PersonUnits = dict[tuple[int, UUID], list[Unit]]


def read_asking_token(digest: str, names: Sequence[str]) -> tuple[AskingToken, list[Unit]] | None:
    """The token of that digest, live or not, and its person's units of these names at its client; None without one."""
    if not is_postgresql():
        return _asking_token_orm(digest, names)
    rows = read_rows(OF_TOKEN, {"digest": digest, "names": list(names)})
    if not rows:
        return None
    return AskingToken(*rows[0][:TOKEN_COLUMNS]), _units(rows, TOKEN_COLUMNS)


def read_connected_people(
    client: ClientRow | PartnerClient, names: Sequence[str], *, ssoids: Collection[int], freedom_ids: Collection[UUID]
) -> PersonUnits:
    """Those of the accounts that are active and share with the client, by (SSOID, Freedom ID), with their units."""
    if not is_postgresql():
        return _connected_people_orm(client, names, ssoids=ssoids, freedom_ids=freedom_ids)
    params = {
        "client": client.id,
        "client_id": client.client_id,
        "names": list(names),
        "ssoids": list(ssoids),
        "freedom_ids": list(freedom_ids),
    }
    people: dict[tuple[int, UUID], list[tuple[Any, ...]]] = {}
    for row in read_rows(OF_CLIENT, params):
        people.setdefault((row[0], row[1]), []).append(row)
    return {person: _units(rows, PERSON_COLUMNS) for person, rows in people.items()}


def _units(rows: Sequence[tuple[Any, ...]], first: int) -> list[Unit]:
    """A row without a purpose is the left join's, when no name is known."""
    return [Unit(*row[first:]) for row in rows if row[first] is not None]


def _asking_token_orm(digest: str, names: Sequence[str]) -> tuple[AskingToken, list[Unit]] | None:
    row = read_access(digest)
    if row is None:
        return None
    token = AskingToken(**{field: getattr(row, field) for field in AskingToken._fields})
    subject = find_subject(row.account_id)
    return token, units_of_subject(subject, names=names, scope_key=row.client_id)


def _connected_people_orm(
    client: ClientRow | PartnerClient, names: Sequence[str], *, ssoids: Collection[int], freedom_ids: Collection[UUID]
) -> PersonUnits:
    connected = Authorization.objects.filter(client=client.id, ended_at__isnull=True).values("account")
    accounts = Account.objects.filter(
        Q(pk__in=ssoids) | Q(freedom_id__in=freedom_ids), status=AccountStatus.ACTIVE, pk__in=connected
    )
    return {
        (account.pk, account.freedom_id): units_of_subject(
            find_subject(account.pk), names=names, scope_key=client.client_id
        )
        for account in accounts
    }
