from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from freedom_id.domain.revoke_callbacks import due_revoke_callbacks
from freedom_id.enums import CallbackState
from freedom_id.models import Account, RevokeCallback
from tests.freedom_id.admin.conftest import SignedIn
from tests.freedom_id.admin.connections import Connection, end

LIST = reverse("admin:freedom_id_revokecallback_changelist")


def given_up(connection: Connection) -> RevokeCallback:
    end(connection)
    RevokeCallback.objects.update(state=CallbackState.DEAD, attempts=6, finished_at=timezone.now())
    return RevokeCallback.objects.get(family=connection.family)


def test_a_callback_is_sent_again_with_all_its_tries(connection: Connection, root: Client) -> None:
    callback = given_up(connection)
    root.post(LIST, {"action": "send_again", "_selected_action": str(callback.pk)})
    callback.refresh_from_db()
    assert (callback.state, callback.attempts, callback.finished_at) == (CallbackState.QUEUED, 0, None)
    assert due_revoke_callbacks() == [str(callback.pk)]


def test_who_only_looks_sends_nothing(connection: Connection, clerk: Account, signed_in: SignedIn) -> None:
    callback = given_up(connection)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_revokecallback"))
    browser = signed_in(clerk)
    assert "send_again" not in browser.get(LIST).content.decode()
    browser.post(LIST, {"action": "send_again", "_selected_action": str(callback.pk)})
    assert RevokeCallback.objects.get(pk=callback.pk).state == CallbackState.DEAD
