"""Tell a partner that its tokens ended: outbox rows, signed, retried, and never sent to our own network.

The body is exactly `{"id": "<token id>"}`. `X-Signature: t=<unix>,v1=<hex>` is HMAC-SHA256 over `t.body` with the key
that the partner derives from its secret: HMAC-SHA256(secret, "callback") in hex. While a former secret works, a `v1` of
that one stands before it. The `Idempotency-Key` header stays the same over all tries.
"""

import hmac
import time
from datetime import timedelta
from threading import BoundedSemaphore

import requests
from django.db import transaction
from django.utils import timezone

from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.enums import CallbackState
from freedom_id.models import PartnerClient, RevokeCallback, TokenFamily
from freedom_id.outbound import AddressRefused, post
from freedom_id.tasks import task_deliver_revoke_callback

RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 30, 120, 720)]
LEASE = timedelta(seconds=60)
# Slow receivers hold at most two of a worker's threads, so that codes and profiles never wait for them.
SLOTS = BoundedSemaphore(2)


def queue_revoke_callback(family: TokenFamily) -> None:
    """Queue the notice when the family has an address for it; part of the transaction that ends the family."""
    if not family.revoke_uri:
        return
    callback = RevokeCallback.objects.create(family=family, url=family.revoke_uri)
    dispatch_on_commit(task_deliver_revoke_callback, callback_id=str(callback.pk))


def deliver_revoke_callback(callback_id: str) -> None:
    """Send one due callback. A row that somebody else took, or that is done, is left alone; so is one for which this
    process has no slot free: the sweep brings it again."""
    if not SLOTS.acquire(blocking=False):
        return
    try:
        _deliver(callback_id)
    finally:
        SLOTS.release()


def _deliver(callback_id: str) -> None:
    now = timezone.now()
    taken = RevokeCallback.objects.filter(pk=callback_id, state=CallbackState.QUEUED, due_at__lte=now).update(
        due_at=now + LEASE
    )
    if not taken:
        return
    callback = RevokeCallback.objects.select_related("family__authorization__client").get(pk=callback_id)
    _settle(callback, _send(callback))


def _send(callback: RevokeCallback) -> int | str:
    body = f'{{"id": "{callback.family_id}"}}'.encode()
    keys = _live_keys(callback.family.authorization.client)
    try:
        return post(
            callback.url,
            body=body,
            headers={"X-Signature": signature(body, *keys), "Idempotency-Key": str(callback.pk)},
        )
    except (requests.RequestException, AddressRefused) as error:
        return type(error).__name__


def _live_keys(client: PartnerClient) -> list[str]:
    """The present key last: a partner that looks at one `v1` only is most likely to look at that."""
    overlaps = len(client.live_secrets(timezone.now())) > 1
    return [client.previous_callback_key, client.callback_key] if overlaps else [client.callback_key]


def signature(body: bytes, *keys: str) -> str:
    moment = str(int(time.time()))
    macs = [hmac.digest(key.encode(), moment.encode() + b"." + body, "sha256").hex() for key in keys]
    return ",".join([f"t={moment}", *(f"v1={mac}" for mac in macs)])


def _settle(callback: RevokeCallback, result: int | str) -> None:
    now = timezone.now()
    callback.attempts += 1
    callback.last_result = str(result)
    if isinstance(result, int) and 200 <= result < 300:
        callback.state, callback.finished_at = CallbackState.DELIVERED, now
    elif callback.attempts > len(RETRY_AFTER) or result == "AddressRefused":
        callback.state, callback.finished_at = CallbackState.DEAD, now
    else:
        callback.due_at = now + RETRY_AFTER[callback.attempts - 1]
    with transaction.atomic():
        callback.save(update_fields=["attempts", "last_result", "state", "finished_at", "due_at"])


def due_revoke_callbacks() -> list[str]:
    due = RevokeCallback.objects.filter(state=CallbackState.QUEUED, due_at__lte=timezone.now())
    return [str(pk) for pk in due.order_by("due_at").values_list("pk", flat=True)[:500]]
