from io import StringIO

import pytest
from django.core.management import call_command

from consents.domain.collection_points import points_of
from consents.domain.purposes import notices_for
from consents.models import CollectionPoint, Purpose, PurposeText, PurposeVersion
from freedom_id.domain.client_status import close_client
from freedom_id.grants import IDENTITY_PROVIDER
from tests.consents.acts import triggers_dropped
from tests.factories.people import partner

pytestmark = pytest.mark.django_db


def test_after_an_upgrade_every_partner_can_ask_what_is_new() -> None:
    client, _secret = partner()
    closed, _secret = partner()
    close_client(closed)
    with triggers_dropped():  # the database of a release that did not know the purpose
        purpose = Purpose.objects.get(name=IDENTITY_PROVIDER)
        purpose.collection_points.clear()
        PurposeText.objects.filter(version__purpose=purpose).delete()
        PurposeVersion.objects.filter(purpose=purpose).delete()
        purpose.delete()
    for _time in range(2):
        out = StringIO()
        call_command("open_points", stdout=out)
        assert out.getvalue() == "Collection points of 1 partners are open.\n"
        assert IDENTITY_PROVIDER in notices_for([IDENTITY_PROVIDER], locale="ru")
        [point] = points_of(client.client_id)
        assert point.purposes.filter(name=IDENTITY_PROVIDER).exists()
    assert not CollectionPoint.objects.filter(recipient=closed.client_id, status="open").exists()
