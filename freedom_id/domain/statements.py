"""The SQL of the hot paths: one prepared statement each on PostgreSQL, with an ORM twin (`statements_orm`) for the
other databases, and a test that both answer alike.

Statements run on Django's own connection, so they take part in its transactions, but not through its cursor
(`prepared`). Plans: every look-up is by a unique index (`token_checksum`, `code`,
`client_id`) and goes on by primary keys.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections

from freedom_id.domain import statements_orm
from freedom_id.domain.person import Chosen, Contact, Person, chosen_values
from freedom_id.domain.prepared import Params, run_prepared
from freedom_id.domain.rows import AccessRow, ClientRow, CodeRow, NewRequest, NewTokens, RefreshRow
from freedom_id.models import PartnerClient
from freedom_id.sealing import unseal

FIND_CLIENT = """
SELECT id, client_id, client_secret, status, client_type, native, errors_as_200, redirect_uris, revoke_uris,
       grants::text, previous_secret, previous_secret_expires_at, sector_identifier, id_token_signed_response_alg,
       secret_used_at, previous_secret_used_at
FROM freedom_id_partnerclient WHERE client_id = %s
"""

# What authentication and the token endpoint ask of a client; other columns are read when somebody asks for them.
CLIENT_LISTS = {"grant_types", "scopes", "operator_scopes"}
ASKED_OF_CLIENT = CLIENT_LISTS | {
    *("id", "client_id", "client_type", "status", "client_secret", "previous_secret", "previous_secret_expires_at"),
    *("token_endpoint_auth_method", "access_token_format", "sector_identifier", "id_token_signed_response_alg"),
    *("secret_used_at", "previous_secret_used_at", "keys_used_at", "stage"),
}
CLIENT_FIELDS = [field.attname for field in PartnerClient._meta.concrete_fields if field.attname in ASKED_OF_CLIENT]
LOAD_CLIENT = f"""
SELECT {", ".join(f"{name}::text" if name in CLIENT_LISTS else name for name in CLIENT_FIELDS)}
FROM freedom_id_partnerclient WHERE client_id = %s
"""  # noqa: S608 -- names of columns

READ_AMR = """
SELECT CASE WHEN raised_at <= %s THEN raised_amr::text ELSE amr::text END FROM freedom_id_browsersignin WHERE id = %s
"""

INSERT_REQUEST = """
INSERT INTO freedom_id_authorizationrequest
    (id, client_id, door, redirect_uri, scope, grants, state, nonce, prompt, code_challenge, locale, created_at,
     expires_at)
VALUES (%s, %s, 'freedom_id', %s, '', %s::jsonb, %s, '', '', %s, %s, %s, %s)
"""

READ_CODE = """
SELECT c.id, c.client_id, c.client_secret, c.status, c.client_type, c.native, c.errors_as_200, c.redirect_uris,
       c.revoke_uris, c.grants::text, c.previous_secret, c.previous_secret_expires_at, c.sector_identifier,
       c.id_token_signed_response_alg, c.secret_used_at, c.previous_secret_used_at,
       g.id, g.expires, g.spent_at, g.family_id, g.redirect_uri, g.scope, g.grants::text, g.nonce, g.code_challenge,
       g.sign_in_id, g.authenticated_at, u.id, u.freedom_id, u.status, a.id, a.ended_at, a.grants::text, c.id,
       g.id_token_claims, a.ends_at
FROM freedom_id_partnerclient c
LEFT JOIN freedom_id_grant g ON g.code = %s AND g.application_id = c.id
LEFT JOIN freedom_id_authorization a ON a.id = g.authorization_id
LEFT JOIN freedom_id_account u ON u.id = a.account_id
WHERE c.client_id = %s
"""

# RFC 6749 §4.1.2: "The client MUST NOT use the authorization code more than once." The UPDATE is the compare-and-set;
# no row from it, no tokens. A token written for an authorization that ends at the same moment is dead on arrival,
# because every read checks the authorization.
SPEND_CODE = """
WITH spent AS (
    UPDATE freedom_id_grant SET spent_at = %(now)s, updated = %(now)s
    WHERE id = %(code)s AND spent_at IS NULL RETURNING id
), family AS (
    INSERT INTO freedom_id_tokenfamily (id, authorization_id, grants, scope, nonce, sign_in_id, authenticated_at,
                                        revoke_uri, created_at, expires_at, end_reason)
    SELECT %(family)s, %(authorization)s, %(grants)s::jsonb, %(scope)s, %(nonce)s, %(sign_in)s, %(authenticated_at)s,
           %(revoke_uri)s, %(now)s, %(family_expires)s, '' FROM spent
), access AS (
    INSERT INTO freedom_id_accesstoken (user_id, token, token_checksum, application_id, expires, scope, resource,
                                     created,
                                        updated, family_id)
    SELECT %(account)s, '', %(access_digest)s, %(client)s, %(access_expires)s, %(scope)s, '[]', %(now)s, %(now)s,
           %(family)s FROM spent RETURNING id
), refresh AS (
    INSERT INTO freedom_id_refreshtoken (user_id, token, token_checksum, application_id, access_token_id, token_family,
                                         resource, created, updated, family_id, expires)
    SELECT %(account)s, '', %(refresh_digest)s, %(client)s, access.id, %(family)s, '[]', %(now)s, %(now)s,
           %(family)s, %(refresh_expires)s FROM access
)
SELECT id FROM spent
"""

READ_REFRESH = """
SELECT r.id, r.expires, r.revoked, r.rotated_at, f.id, f.grants::text, f.scope, f.nonce, f.expires_at, f.ended_at,
       f.sign_in_id, f.authenticated_at, a.id, a.ended_at, a.grants::text, u.id, u.freedom_id, u.status, c.id,
       c.client_id, c.status, c.errors_as_200, s.expires, sa.expires, s.rotated_at, c.sector_identifier,
       c.id_token_signed_response_alg
FROM freedom_id_refreshtoken r
JOIN freedom_id_tokenfamily f ON f.id = r.family_id
JOIN freedom_id_authorization a ON a.id = f.authorization_id
JOIN freedom_id_account u ON u.id = a.account_id
JOIN freedom_id_partnerclient c ON c.id = a.client_id
LEFT JOIN freedom_id_refreshtoken s ON s.token_checksum = %s AND s.family_id = r.family_id
LEFT JOIN freedom_id_accesstoken sa ON sa.id = s.access_token_id
WHERE r.token_checksum = %s
"""

ROTATE_REFRESH = """
WITH rotated AS (
    UPDATE freedom_id_refreshtoken SET rotated_at = %(now)s, revoked = %(now)s, updated = %(now)s
    WHERE id = %(refresh)s AND rotated_at IS NULL AND revoked IS NULL RETURNING id
), access AS (
    INSERT INTO freedom_id_accesstoken (user_id, source_refresh_token_id, token, token_checksum, application_id,
                                     expires,
                                        scope, resource, created, updated, family_id)
    SELECT %(account)s, rotated.id, '', %(access_digest)s, %(client)s, %(access_expires)s, %(scope)s, '[]', %(now)s,
           %(now)s, %(family)s FROM rotated RETURNING id
), refresh AS (
    INSERT INTO freedom_id_refreshtoken (user_id, token, token_checksum, application_id, access_token_id, token_family,
                                         resource, created, updated, family_id, expires)
    SELECT %(account)s, '', %(refresh_digest)s, %(client)s, access.id, %(family)s, '[]', %(now)s, %(now)s,
           %(family)s, %(refresh_expires)s FROM access
)
SELECT id FROM rotated
"""

READ_ACCESS = """
SELECT t.expires, t.scope, f.grants::text, f.ended_at, a.id, a.ended_at, a.grants::text, c.id, c.client_id, c.status,
       c.errors_as_200, u.id, u.freedom_id, u.status, c.sector_identifier, c.userinfo_signed_response_alg,
       a.last_read_at,
       u.firstname, u.lastname, u.patronymic, u.identifier, u.date_of_birth, u.gender, u.country, u.nationality,
       (SELECT coalesce(json_agg(json_build_array(k.type, k.value, k.is_primary, k.number)
                                 ORDER BY k.created_at, k.id), '[]')
        FROM freedom_id_credential k WHERE k.account_id = u.id AND k.verified_at IS NOT NULL)::text
FROM freedom_id_accesstoken t
JOIN freedom_id_tokenfamily f ON f.id = t.family_id
JOIN freedom_id_authorization a ON a.id = f.authorization_id
JOIN freedom_id_account u ON u.id = a.account_id
JOIN freedom_id_partnerclient c ON c.id = a.client_id
WHERE t.token_checksum = %s
"""

# A row that a withdrawal holds is left alone: no reader waits for the mark that it read.
MARK_READ = """
UPDATE freedom_id_authorization SET last_read_at = %(now)s WHERE id = (
    SELECT id FROM freedom_id_authorization
    WHERE id = %(authorization)s AND ended_at IS NULL AND (last_read_at IS NULL OR last_read_at <= %(before)s)
    FOR NO KEY UPDATE SKIP LOCKED
) RETURNING id
"""

# Found by its digest: a rotation meanwhile makes it the former one. Nobody waits for the mark, as with MARK_READ.
MARK_SECRET_USED = """
UPDATE freedom_id_partnerclient
SET secret_used_at = CASE client_secret WHEN %(digest)s THEN %(now)s ELSE secret_used_at END,
    previous_secret_used_at = CASE previous_secret WHEN %(digest)s THEN %(now)s ELSE previous_secret_used_at END
WHERE id = (
    SELECT id FROM freedom_id_partnerclient
    WHERE id = %(client)s
      AND (client_secret = %(digest)s AND (secret_used_at IS NULL OR secret_used_at <= %(before)s)
           OR previous_secret = %(digest)s
              AND (previous_secret_used_at IS NULL OR previous_secret_used_at <= %(before)s))
    FOR NO KEY UPDATE SKIP LOCKED
) RETURNING id
"""

CLIENT_COLUMNS = 16
CLIENT_GRANTS = 9
PERSON_COLUMN = 17


def find_client(client_id: str) -> ClientRow | None:
    if not is_postgresql():
        return statements_orm.find_client(client_id)
    row = _read(FIND_CLIENT, [client_id])
    return _client(row) if row else None


def load_client(client_id: str) -> PartnerClient | None:
    """The client as a model's instance, as django-oauth-toolkit wants it, without most of its columns."""
    if not is_postgresql():
        return statements_orm.load_client(client_id)
    row = _read(LOAD_CLIENT, [client_id])
    if row is None:
        return None
    named = zip(CLIENT_FIELDS, row, strict=True)
    values = [orjson.loads(value) if name in CLIENT_LISTS else value for name, value in named]
    return PartnerClient.from_db(DEFAULT_DB_ALIAS, CLIENT_FIELDS, values)


def read_amr(sign_in_id: UUID, at: datetime) -> list[str]:
    """How the person had proven to be herself at this sign-in by then."""
    if not is_postgresql():
        return statements_orm.read_amr(sign_in_id, at)
    row = _read(READ_AMR, [at, sign_in_id])
    return list(orjson.loads(row[0])) if row else []


def insert_link(new: NewRequest) -> None:
    if not is_postgresql():
        statements_orm.insert_link(new)
        return
    grants = orjson.dumps(new.grants).decode()
    link = [new.id, new.client_db_id, new.redirect_uri, grants, new.state, new.code_challenge, new.locale]
    _run(INSERT_REQUEST, [*link, new.created_at, new.expires_at])


def read_code(client_id: str, code_digest: str) -> tuple[ClientRow, CodeRow | None] | None:
    """The client, and its code of that digest if there is one; None for an unknown client."""
    if not is_postgresql():
        return statements_orm.read_code(client_id, code_digest)
    row = _read(READ_CODE, [code_digest, client_id])
    if row is None:
        return None
    code = list(row[CLIENT_COLUMNS:])
    if code[0] is None:
        return _client(row), None
    code[6], code[16] = orjson.loads(code[6]), orjson.loads(code[16])
    return _client(row), CodeRow(*code)


def spend_code(code: CodeRow, tokens: NewTokens, *, revoke_uri: str, family_expires: datetime) -> bool:
    """Spend the code and write what it buys, in one commit. False when somebody else spent it first."""
    if not is_postgresql():
        return statements_orm.spend_code(code, tokens, revoke_uri=revoke_uri, family_expires=family_expires)
    spent = _run(
        SPEND_CODE,
        _token_params(tokens)
        | {
            "code": code.id,
            "authorization": code.authorization_id,
            "grants": orjson.dumps(code.grants).decode(),
            "nonce": code.nonce,
            "sign_in": code.sign_in_id,
            "authenticated_at": code.authenticated_at,
            "revoke_uri": revoke_uri,
            "family_expires": family_expires,
        },
    )
    return bool(spent)


def read_refresh(refresh_digest: str, successor_digest: str) -> RefreshRow | None:
    if not is_postgresql():
        return statements_orm.read_refresh(refresh_digest, successor_digest)
    row = _read(READ_REFRESH, [successor_digest, refresh_digest])
    if row is None:
        return None
    values = list(row)
    values[5], values[14] = orjson.loads(values[5]), orjson.loads(values[14])
    return RefreshRow(*values)


def rotate_refresh(refresh_id: int, tokens: NewTokens) -> bool:
    """Rotate the token and write its successor, in one commit. False when somebody else rotated or revoked it first."""
    if not is_postgresql():
        return statements_orm.rotate_refresh(refresh_id, tokens)
    return bool(_run(ROTATE_REFRESH, _token_params(tokens) | {"refresh": refresh_id}))


def read_access(access_digest: str) -> AccessRow | None:
    if not is_postgresql():
        return statements_orm.read_access(access_digest)
    row = _read(READ_ACCESS, [access_digest])
    if row is None:
        return None
    values = list(row)
    values[2], values[6] = orjson.loads(values[2]), orjson.loads(values[6])
    return AccessRow(*[*values[:PERSON_COLUMN], partial(_person, values[PERSON_COLUMN:], chosen_values(values[6]))])


def mark_read(authorization_id: UUID, *, now: datetime, before: datetime) -> None:
    """Keep that the client read data `now`, unless it is known of a time after `before`."""
    if not is_postgresql():
        statements_orm.mark_read(authorization_id, now=now, before=before)
        return
    _run(MARK_READ, {"authorization": authorization_id, "now": now, "before": before})


def mark_secret_used(client_id: int, digest: str, *, now: datetime, before: datetime) -> None:
    """Keep that the client's secret of this digest was used `now`, unless it is known of a time after `before`."""
    if not is_postgresql():
        statements_orm.mark_secret_used(client_id, digest, now=now, before=before)
        return
    _run(MARK_SECRET_USED, {"client": client_id, "digest": digest, "now": now, "before": before})


def _client(row: Sequence[Any]) -> ClientRow:
    values = list(row[:CLIENT_COLUMNS])
    values[CLIENT_GRANTS] = orjson.loads(values[CLIENT_GRANTS])
    return ClientRow(*values)


def _person(columns: Sequence[Any], chosen: Chosen, fields: Collection[str]) -> Person:
    *names, date_of_birth, gender, country, nationality, contacts = columns
    firstname, lastname, patronymic, identifier = (
        unseal(value, f"freedom_id.account.{field}") if value and field in fields else ""
        for field, value in zip(("firstname", "lastname", "patronymic", "identifier"), names, strict=True)
    )
    return Person(
        firstname=firstname,
        lastname=lastname,
        patronymic=patronymic,
        identifier=identifier,
        date_of_birth=date_of_birth,
        gender=gender,
        country=country,
        nationality=nationality,
        contacts=tuple(
            contact._replace(value=unseal(contact.value, "freedom_id.credential.value"))
            for contact in map(Contact._make, orjson.loads(contacts))
            if contact.fields(chosen) & set(fields)
        ),
        chosen=chosen,
    )


def _token_params(tokens: NewTokens) -> dict[str, datetime | UUID | str | int]:
    return {
        "family": tokens.family_id,
        "account": tokens.account_id,
        "client": tokens.client_db_id,
        "access_digest": tokens.access_digest,
        "access_expires": tokens.access_expires,
        "refresh_digest": tokens.refresh_digest,
        "refresh_expires": tokens.refresh_expires,
        "scope": tokens.scope,
        "now": tokens.now,
    }


def is_postgresql() -> bool:
    return connections[DEFAULT_DB_ALIAS].vendor == "postgresql"


def _run(sql: str, params: Params) -> list[tuple[Any, ...]]:
    wrapper = connections[DEFAULT_DB_ALIAS]
    wrapper.ensure_connection()
    return run_prepared(cast("psycopg.Connection[Any]", wrapper.connection), sql, params)


def _read(sql: str, params: Params) -> tuple[Any, ...] | None:
    rows = read_rows(sql, params)
    return rows[0] if rows else None


def read_rows(sql: str, params: Params) -> list[tuple[Any, ...]]:
    """A read may be repeated: a connection that the server closed meanwhile is replaced once."""
    try:
        return _run(sql, params)
    except psycopg.OperationalError:
        if connection.in_atomic_block or (not connection.errors_occurred and connection.is_usable()):
            raise
        connection.close()
        return _run(sql, params)
