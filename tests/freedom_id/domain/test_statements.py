"""The lean statements and their ORM twins answer alike for the same rows."""

from dataclasses import asdict, fields, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from freedom_id.domain import statements, statements_orm
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.person import fields_of
from freedom_id.domain.rows import AccessRow, NewRequest, NewTokens
from freedom_id.domain.tokens import rotate_refresh_token, successors
from freedom_id.grants import GRANTS
from freedom_id.models import (
    AccessToken,
    AuthorizationRequest,
    BrowserSignIn,
    Device,
    Grant,
    RefreshToken,
    TokenFamily,
)
from freedom_id.sealing import token_digest
from tests.factories.people import REDIRECT_URI
from tests.freedom_id.domain.acts import IP, Pair, pair
from tests.freedom_id.domain.at_once import at_once

EVERYTHING = fields_of(GRANTS)

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


def both(name: str, *args: Any) -> Any:
    """The answer of a reading statement, once it is sure that its twin's is equal."""
    lean, twin = getattr(statements, name)(*args), getattr(statements_orm, name)(*args)
    assert lean == twin
    return lean


def test_find_client() -> None:
    a = pair(revoke_uris=["https://partner.example/hook"], native=True)
    assert both("find_client", a.client.client_id).id == a.client.pk
    assert both("find_client", "nobody") is None


def test_load_client() -> None:
    known = pair(scopes=["openid", "email"], operator_scopes=["accounts.operate"]).client
    lean, twin = (module.load_client(known.client_id) for module in (statements, statements_orm))
    assert lean is not None
    assert lean == twin == known
    assert {name: getattr(lean, name) for name in statements.CLIENT_FIELDS} == {
        name: getattr(known, name) for name in statements.CLIENT_FIELDS
    }
    assert lean.name == known.name  # read when it is asked for
    assert statements.load_client("nobody") is statements_orm.load_client("nobody") is None


def test_read_amr() -> None:
    device = Device.objects.create(account=pair().account, key="k")
    now = timezone.now()
    plain = BrowserSignIn.objects.create(pk=uuid4(), device=device, amr=["pwd"])
    raised = BrowserSignIn.objects.create(
        pk=uuid4(), device=device, amr=["pwd"], raised_amr=["pwd", "otp", "mfa"], raised_at=now
    )
    assert both("read_amr", plain.pk, now) == ["pwd"]
    assert both("read_amr", raised.pk, now) == ["pwd", "otp", "mfa"]
    assert both("read_amr", raised.pk, now - timedelta(seconds=1)) == ["pwd"]
    assert both("read_amr", uuid4(), now) == []


def test_read_code() -> None:
    a = pair()
    digest = token_digest(code := a.code())
    assert both("read_code", a.client.client_id, digest)[1].spent_at is None
    a.exchange(code)
    assert both("read_code", a.client.client_id, digest)[1].family_id == TokenFamily.objects.get().pk
    assert both("read_code", a.client.client_id, "unknown")[1] is None
    assert both("read_code", pair().client.client_id, digest)[1] is None
    assert both("read_code", "nobody", digest) is None


def test_read_refresh() -> None:
    a = pair()
    first = a.tokens()
    digests = token_digest(first.refresh_token), token_digest(successors(first.refresh_token)[1])
    assert both("read_refresh", *digests).successor_expires is None
    second = rotate_refresh_token(first.refresh_token)
    assert both("read_refresh", *digests).successor_rotated_at is None
    rotate_refresh_token(second.refresh_token)
    assert both("read_refresh", *digests).successor_rotated_at is not None
    stop_sharing(a.account, a.live, grants=None, ip=IP)
    assert both("read_refresh", *digests).is_ended
    assert both("read_refresh", "unknown", "unknown") is None


def both_access(digest: str) -> AccessRow:
    """As `both`, field by field, with the unsealed person instead of the function that reads it."""
    lean, twin = statements.read_access(digest), statements_orm.read_access(digest)
    assert lean is not None
    assert twin is not None
    for field in fields(AccessRow):
        if field.name != "load_person":
            assert getattr(lean, field.name) == getattr(twin, field.name), field.name
    assert asdict(lean.load_person(EVERYTHING)) == asdict(twin.load_person(EVERYTHING))
    return lean


def test_read_access() -> None:
    a = pair()
    digest = token_digest(a.tokens().access_token)
    assert len(both_access(digest).load_person(EVERYTHING).contacts) == 4
    a.account.credentials.all().delete()
    type(a.account).objects.filter(pk=a.account.pk).update(patronymic="", date_of_birth=None, gender="")
    assert both_access(digest).load_person(EVERYTHING).contacts == ()
    assert statements.read_access("unknown") is statements_orm.read_access("unknown") is None


def new_tokens(a: Pair, **known: Any) -> NewTokens:
    now = timezone.now()
    return NewTokens(
        **{
            "family_id": uuid4(), "account_id": a.account.pk, "client_db_id": a.client.pk,
            "access_digest": token_digest(str(uuid4())), "access_expires": now + timedelta(minutes=10),
            "refresh_digest": token_digest(str(uuid4())), "refresh_expires": now + timedelta(days=30),
            "scope": "openid", "now": now, **known,
        }
    )  # fmt: skip


def written(a: Pair) -> list[Any]:
    """Every column of what an issue writes, without the numbers that the database draws."""
    drawn = {"id", "access_token_id", "source_refresh_token_id"}
    tables = (Grant, AccessToken, RefreshToken), TokenFamily.objects.order_by("created_at").values()
    rows = [{k: v for k, v in row.items() if k not in drawn} for t in tables[0] for row in t.objects.values()]
    links = [
        RefreshToken.objects.filter(access_token__isnull=False).count(),
        AccessToken.objects.filter(source_refresh_token__rotated_at__isnull=False).count(),
    ]
    return [*rows, *tables[1], links]


def written_by(act: Any, a: Pair) -> list[Any]:
    """The rows after `act`, which is undone."""
    with transaction.atomic():
        assert act() is True
        assert act() is False, "the second call must lose"
        rows = without_time_of_save(written(a))
        transaction.set_rollback(True)
    return rows


def without_time_of_save(rows: list[Any]) -> list[Any]:
    """The toolkit's `created` and `updated` are of the moment of saving in the twin; `now` in the statement."""
    return [{k: v for k, v in r.items() if k not in {"created", "updated"}} if isinstance(r, dict) else r for r in rows]


def test_spend_code() -> None:
    a = pair()
    [_client, code] = statements.read_code(a.client.client_id, token_digest(a.code())) or ()
    assert code is not None
    new, options = new_tokens(a), {"revoke_uri": "https://x.example/", "family_expires": timezone.now()}
    lean, twin = (
        written_by(lambda module=module: module.spend_code(replace(code, nonce="n"), new, **options), a)
        for module in (statements, statements_orm)
    )
    assert lean == twin
    assert len(lean) == 5


def test_rotate_refresh() -> None:
    a = pair()
    a.tokens()
    family, refresh = TokenFamily.objects.get(), RefreshToken.objects.get()
    new = new_tokens(a, family_id=family.pk)
    lean, twin = (
        written_by(lambda module=module: module.rotate_refresh(refresh.pk, new), a)
        for module in (statements, statements_orm)
    )
    assert lean == twin
    assert len(lean) == 7


def test_insert_link() -> None:
    a, now = pair(), timezone.now()
    grants = ["read.phone", "read.email"]
    new = NewRequest(uuid4(), a.client.pk, REDIRECT_URI, grants, "s", "c" * 43, "uz", now, now + timedelta(minutes=10))
    rows = []
    for module in (statements, statements_orm):
        module.insert_link(new)
        rows.append(AuthorizationRequest.objects.values().get())
        AuthorizationRequest.objects.all().delete()
    assert rows[0] == rows[1]


@pytest.mark.django_db(transaction=True)
def test_a_reading_statement_survives_a_connection_that_the_server_closed() -> None:
    a = pair()
    assert statements.find_client(a.client.client_id)
    backend = backend_pid()
    assert at_once([lambda: terminate(backend)]) == [None]
    assert statements.find_client(a.client.client_id)


def backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def terminate(backend: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])


def test_only_what_is_asked_for_is_unsealed() -> None:
    a = pair()
    person = statements.read_access(token_digest(a.tokens().access_token)).load_person(["phone", "lastname"])
    assert person.lastname
    assert (person.firstname, person.identifier) == ("", "")
    assert [(contact.type, contact.is_primary) for contact in person.contacts] == [("mobile", True)]
