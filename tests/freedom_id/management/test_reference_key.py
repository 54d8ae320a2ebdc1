from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from freedom_id.domain.customers import look_up_key
from freedom_id.domain.number_references import reference_key
from freedom_id.models import NumberReference
from tests.factories.people import partner, person

pytestmark = pytest.mark.django_db


def key_of(client_id: str, *options: str) -> str:
    out = StringIO()
    call_command("reference_key", client_id, *options, stdout=out)
    return out.getvalue().strip()


def test_an_operator_gets_its_own_key_and_can_name_every_number_at_once() -> None:
    person()
    keys = []
    for _client in range(2):
        client, _secret = partner(operator_scopes=["accounts.operate"])
        keys.append(key_of(client.client_id))
        assert keys[-1] == key_of(client.client_id) == reference_key(client).hex()
        assert NumberReference.objects.filter(client=client).count() == 2
    assert len({*keys}) == 2
    assert {len(key) for key in keys} == {64}


def test_nobody_else_gets_one() -> None:
    for client_id in (partner()[0].client_id, partner(operator_scopes=["consents.check"])[0].client_id, "x"):
        with pytest.raises(CommandError):
            key_of(client_id)
    assert not NumberReference.objects.exists()


def test_the_key_of_customers_is_another_and_for_those_that_read_them() -> None:
    client, _secret = partner(operator_scopes=["accounts.operate", "customers.read"])
    assert key_of(client.client_id, "--customers") == look_up_key(client).hex() != key_of(client.client_id)
    with pytest.raises(CommandError):
        key_of(partner(operator_scopes=["accounts.operate"])[0].client_id, "--customers")
    with pytest.raises(CommandError):
        key_of(partner(operator_scopes=["customers.read"])[0].client_id)
