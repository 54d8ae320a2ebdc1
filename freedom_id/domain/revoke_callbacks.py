"""Tell a partner that its tokens ended: outbox rows, signed, retried, and never sent to our own network.

The body is exactly `{"id": "<token id>"}`. `X-Signature: t=<unix>,v1=<hex>` is HMAC-SHA256 over `t.body` with the key
that the partner derives from its secret: HMAC-SHA256(secret, "callback") in hex. While a former secret works, a `v1` of
that one stands before it. The `Idempotency-Key` header stays the same over all tries.
"""

import hmac
import time

from django.utils import timezone

from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.partner_callbacks import deliver_callback, due_callbacks
from freedom_id.models import PartnerClient, RevokeCallback, TokenFamily
from freedom_id.outbound import post
from freedom_id.tasks import task_deliver_revoke_callback


def queue_revoke_callback(family: TokenFamily) -> None:
    """Queue the notice when the family has an address for it; part of the transaction that ends the family."""
    if not family.revoke_uri:
        return
    callback = RevokeCallback.objects.create(family=family, url=family.revoke_uri)
    dispatch_on_commit(task_deliver_revoke_callback, callback_id=str(callback.pk))


def deliver_revoke_callback(callback_id: str) -> None:
    """Worker: send one due callback."""
    rows = RevokeCallback.objects.select_related("family__authorization__client")
    deliver_callback(rows, callback_id, _send, taken=range(200, 300))


def due_revoke_callbacks() -> list[str]:
    return due_callbacks(RevokeCallback.objects.all())


def _send(callback: RevokeCallback) -> int:
    body = f'{{"id": "{callback.family_id}"}}'.encode()
    keys = _live_keys(callback.family.authorization.client)
    return post(
        callback.url,
        body=body,
        headers={"X-Signature": signature(body, *keys), "Idempotency-Key": str(callback.pk)},
    )


def _live_keys(client: PartnerClient) -> list[str]:
    """The present key last: a partner that looks at one `v1` only is most likely to look at that."""
    overlaps = len(client.live_secrets(timezone.now())) > 1
    return [client.previous_callback_key, client.callback_key] if overlaps else [client.callback_key]


def signature(body: bytes, *keys: str) -> str:
    moment = str(int(time.time()))
    macs = [hmac.digest(key.encode(), moment.encode() + b"." + body, "sha256").hex() for key in keys]
    return ",".join([f"t={moment}", *(f"v1={mac}" for mac in macs)])
