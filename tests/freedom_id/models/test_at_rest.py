"""What somebody finds who copies the database: no name, no contact, no number, no token, no key in clear."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import FieldError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from freedom_id.domain.copy_requests import KEPT, write_copy
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import deliver_code, request_code
from freedom_id.domain.profile_requests import fulfil_profile_request, submit_profile_request
from freedom_id.domain.signing_keys import ensure_signing_key
from freedom_id.domain.tokens import live_access, rotate_refresh_token
from freedom_id.models import Account, Credential, PersonalCopy, ProfileRequest, SigningKey
from tests.factories.people import PASSWORD, email_of, person, phone_of
from tests.freedom_id.domain.acts import IP, pair
from tests.journeys.walk import FreedomWalk

pytestmark = pytest.mark.django_db
IN_CLEAR_BY_DESIGN = {"demo_inboxmessage"}


def whole_database() -> str:
    found = []
    for table in set(connection.introspection.table_names()) - IN_CLEAR_BY_DESIGN:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [f"{table}: {row}" for row in cursor.fetchall()]
    return "\n".join(found).lower()


def test_nothing_personal_and_nothing_secret_lies_in_clear_after_a_whole_flow() -> None:
    a = pair()
    code = a.code()
    tokens = a.exchange(code)
    successor = rotate_refresh_token(tokens.refresh_token)
    submit_profile_request(live_access(successor.access_token), uuid4())
    fulfil_profile_request(str(ProfileRequest.objects.get().pk))
    deliver_code(str(request_code(parse_identifier(phone_of(a.account)), ip=IP, locale="en")))
    found, account = whole_database(), a.account
    personal = [account.firstname, account.lastname, account.patronymic, account.identifier, email_of(account)]
    secret = [code, tokens.access_token, tokens.refresh_token, successor.access_token, successor.refresh_token]
    for text in [*personal, phone_of(account)[1:], *secret, a.secret, PASSWORD]:
        assert text.lower() not in found
    assert ProfileRequest.objects.get().state == "completed"


def test_a_copy_of_everything_is_sealed() -> None:
    a = pair()
    a.tokens()
    copy = PersonalCopy.objects.create(account=a.account, expires_at=timezone.now() + KEPT)
    write_copy(str(copy.pk))
    assert phone_of(a.account) in PersonalCopy.objects.get().content
    found = whole_database()
    for text in (a.account.lastname, a.account.identifier, email_of(a.account), phone_of(a.account)[1:]):
        assert text.lower() not in found


def test_the_private_half_of_the_signing_key_is_sealed() -> None:
    ensure_signing_key()
    assert '"d"' in SigningKey.objects.get().private_jwk
    assert '"d"' not in whole_database()


def test_the_session_does_not_hold_the_identifier_in_clear(client: Client) -> None:
    account = person()
    client.post(reverse("freedom_id:sign_in"), {"identifier": phone_of(account)})
    content = str(Session.objects.get().get_decoded())
    assert "pending" in content
    assert phone_of(account)[-7:] not in content


def test_the_key_of_a_session_is_in_the_browser_alone(client: Client) -> None:
    FreedomWalk(client).sign_in("/me/", phone_of(person()))
    assert client.session.session_key not in whole_database()
    assert client.get("/me/").status_code == 200
    client.cookies[settings.SESSION_COOKIE_NAME] = Session.objects.get().session_key
    assert client.get("/me/").status_code == 302, "the digest of a key is none"


@pytest.mark.parametrize("lookup", ["firstname", "firstname__contains", "firstname__in", "lastname__gt"])
def test_a_sealed_field_cannot_be_filtered(lookup: str) -> None:
    with pytest.raises(FieldError, match="sealed"):
        Account.objects.filter(**{lookup: "x"})
    with pytest.raises(FieldError, match="sealed"):
        Credential.objects.filter(value="x")


def raw(column: str, table: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return cursor.fetchone()[0]


def test_equal_values_are_not_equal_at_rest_and_empty_ones_stay_empty() -> None:
    account = person(lastname="Same", firstname="Same", patronymic="")
    assert raw("firstname", "freedom_id_account") != raw("lastname", "freedom_id_account")
    assert raw("patronymic", "freedom_id_account") == ""
    account.refresh_from_db()
    assert (account.firstname, account.lastname, account.patronymic) == ("Same", "Same", "")


def test_a_value_moved_to_another_column_does_not_open() -> None:
    person()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE freedom_id_account SET firstname = lastname")
    with pytest.raises(Exception, match=r"^$"):  # cryptography's InvalidTag says nothing
        Account.objects.get()
