"""Members of staff at a browser, as sure and as fresh as the admin wants them."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from freedom_id.models import BrowserSignIn, Device

BY_APP = ("pwd", "otp", "mfa")
BY_PASSKEY = ("pop", "user", "mfa")


def session_of(account: Any, *, amr: Sequence[str] = BY_APP) -> dict[str, Any]:
    """What the session says of a sign-in just now by `amr` (RFC 8176)."""
    device = Device.objects.create(account=account, key=uuid4().hex)
    sign_in = BrowserSignIn.objects.create(id=uuid4(), device=device, amr=list(amr))
    return {
        "sign_in_id": str(sign_in.pk),
        "authenticated_at": timezone.now().timestamp(),
        "sign_in_method": " ".join(amr),
    }


def browser_of(account: Any, *, amr: Sequence[str] = BY_APP) -> Client:
    """Signed in just now by `amr`, in a browser that the account did not know."""
    client = Client()
    client.force_login(account)
    session = client.session
    session.update(session_of(account, amr=amr))
    session.save()
    return client
