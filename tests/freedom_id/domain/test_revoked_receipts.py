"""A key that leaked and was revoked proves nothing any more, and is no sign that somebody changed the ledger."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from consents.domain.erasure import erase_subject
from consents.domain.subjects import subject_for_account
from consents.domain.verification import first_fault, verify_ledger
from consents.enums import ErasureKind
from consents.models import Receipt
from freedom_id.domain.receipt_signing import sign_receipt
from freedom_id.domain.signing_keys import ensure_signing_key, revoke_signing_key
from freedom_id.models import SigningKey
from tests.consents.acts import triggers_dropped
from tests.freedom_id.domain.acts import pair

pytestmark = pytest.mark.django_db


def verified() -> str:
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    return out.getvalue()


def test_what_it_signed_before_is_told_with_the_moment_of_the_revocation() -> None:
    leaked = ensure_signing_key().kid
    a = pair()
    a.tokens()
    erase_subject(subject_for_account(pair().account), kind=ErasureKind.SHRED, actor_ref="officer")
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        revoke_signing_key(leaked)
        pair().tokens()  # a receipt of the key that signs now
        text = verified()
        [key] = verify_ledger().revoked
    assert (key.kid, key.revoked_at) == (leaked, SigningKey.objects.get(pk=leaked).retired_at)
    assert (key.signatures, Receipt.objects.count()) == (2, 2)  # a receipt and the certificate; the other is sound
    assert f"are signed by {leaked}, which was revoked at {key.revoked_at:%Y-%m-%d %H:%M} UTC" in text


def test_without_a_revoked_key_nothing_is_told() -> None:
    pair().tokens()
    assert "revoked" not in verified()


def test_a_receipt_that_says_to_be_from_before_is_still_compared_with_the_rows() -> None:
    leaked = ensure_signing_key().kid
    pair().tokens()
    receipt = Receipt.objects.get()
    forged = sign_receipt({"receipt_id": str(uuid4())}, "consent-receipt+jws")
    revoke_signing_key(leaked)
    with triggers_dropped():
        Receipt.objects.update(jws=forged)
    assert first_fault() == f"receipt {receipt.pk}: the document is not the one that was signed"


def test_what_it_signs_long_after_it_was_revoked_is_a_fault() -> None:
    leaked = ensure_signing_key().kid
    pair().tokens()
    receipt = Receipt.objects.get()
    revoke_signing_key(leaked)
    SigningKey.objects.filter(pk=leaked).update(retired_at=receipt.issued_at - timedelta(minutes=3))
    assert "not among the published ones" in str(first_fault())
    with pytest.raises(CommandError):
        verified()


def test_an_altered_signature_is_a_fault_also_under_a_revoked_key() -> None:
    leaked = ensure_signing_key().kid
    pair().tokens()
    receipt = Receipt.objects.get()
    head, payload, _signature = receipt.jws.split(".")
    other = sign_receipt({"a": 1}, "consent-receipt+jws").split(".")[2]
    revoke_signing_key(leaked)
    with triggers_dropped():
        Receipt.objects.update(jws=f"{head}.{payload}.{other}")
    assert first_fault() == f"receipt {receipt.pk}: The signature does not match."
