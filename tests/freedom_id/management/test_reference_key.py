from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from freedom_id.domain.number_references import reference_key
from freedom_id.models import NumberReference
from tests.factories.people import partner, person

pytestmark = pytest.mark.django_db


def key_of(client_id: str) -> str:
    out = StringIO()
    call_command("reference_key", client_id, stdout=out)
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
