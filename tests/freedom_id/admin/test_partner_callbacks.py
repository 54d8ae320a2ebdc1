from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from freedom_id.domain.backchannel_logout import due_backchannel_logouts
from freedom_id.domain.revoke_callbacks import due_revoke_callbacks
from freedom_id.enums import CallbackState
from freedom_id.models import Account, BackchannelLogout, RevokeCallback
from tests.freedom_id.admin.conftest import SignedIn
from tests.freedom_id.admin.connections import Connection, end

Model = type[RevokeCallback] | type[BackchannelLogout]
DUE: dict[Model, Callable[[], list[str]]] = {
    RevokeCallback: due_revoke_callbacks,
    BackchannelLogout: due_backchannel_logouts,
}
MODELS = pytest.mark.parametrize("model", DUE, ids=lambda model: model._meta.model_name)


def list_of(model: Model) -> str:
    return reverse(f"admin:freedom_id_{model._meta.model_name}_changelist")


def given_up(model: Model, connection: Connection) -> RevokeCallback | BackchannelLogout:
    end(connection)
    model.objects.update(state=CallbackState.DEAD, attempts=6, last_result="ReadTimeout", finished_at=timezone.now())
    return model.objects.get()


@MODELS
def test_a_callback_is_sent_again_with_all_its_tries(model: Model, connection: Connection, root: Client) -> None:
    callback = given_up(model, connection)
    root.post(list_of(model), {"action": "replay", "_selected_action": str(callback.pk), "confirmed": "yes"})
    callback.refresh_from_db()
    assert (callback.state, callback.attempts, callback.finished_at) == (CallbackState.QUEUED, 0, None)
    assert DUE[model]() == [str(callback.pk)]


@MODELS
def test_the_list_says_what_came_of_it(model: Model, connection: Connection, root: Client) -> None:
    given_up(model, connection)
    text = root.get(list_of(model)).content.decode()
    assert [words for words in ("Given up", "ReadTimeout", connection.client.name) if words not in text] == []


@MODELS
def test_who_only_looks_sends_nothing(
    model: Model, connection: Connection, clerk: Account, signed_in: SignedIn
) -> None:
    callback = given_up(model, connection)
    clerk.user_permissions.set(Permission.objects.filter(codename=f"view_{model._meta.model_name}"))
    browser = signed_in(clerk)
    assert "replay" not in browser.get(list_of(model)).content.decode()
    browser.post(list_of(model), {"action": "replay", "_selected_action": str(callback.pk), "confirmed": "yes"})
    assert model.objects.get(pk=callback.pk).state == CallbackState.DEAD
