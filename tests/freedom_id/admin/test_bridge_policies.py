"""Staff pairs two partners, and takes the pair away; nobody changes one."""

from typing import Any

from django.test import Client
from django.urls import reverse

from freedom_id.domain.client_status import close_client
from freedom_id.models import BridgePolicy
from tests.factories.people import partner

ADD = reverse("admin:freedom_id_bridgepolicy_add")


def paired(root: Client, caller: Any, audience: Any) -> Any:
    return root.post(ADD, {"caller": caller.pk, "audience": audience.pk})


def test_a_pair_is_added_once_and_taken_away(root: Client) -> None:
    caller, audience = partner(name="Caller")[0], partner(name="Audience")[0]
    assert paired(root, caller, audience).status_code == 302
    row = BridgePolicy.objects.get(caller=caller, audience=audience)
    assert "already exists" in paired(root, caller, audience).content.decode()
    text = root.get(reverse("admin:freedom_id_bridgepolicy_changelist")).content.decode()
    assert "Caller" in text
    assert "Audience" in text
    change = reverse("admin:freedom_id_bridgepolicy_change", args=[row.pk])
    assert root.post(change, {"caller": audience.pk, "audience": caller.pk}).status_code == 403
    assert root.post(reverse("admin:freedom_id_bridgepolicy_delete", args=[row.pk]), {"post": "yes"}).status_code == 302
    assert not BridgePolicy.objects.exists()


def test_nobody_bridges_to_itself_from_a_public_client_or_to_a_closed_one(root: Client) -> None:
    one, app, closed = partner()[0], partner(client_type="public")[0], partner()[0]
    close_client(closed)
    assert "needs no bridge to itself" in paired(root, one, one).content.decode()
    for caller, audience in ((app, one), (one, closed), (closed, one)):
        assert paired(root, caller, audience).status_code == 200
    assert not BridgePolicy.objects.exists()
