"""The certificate of an erasure: a signed statement of what was forgotten, for the person and for the journal."""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from django.utils.translation import gettext as _

from consents.conf import conf
from consents.domain.receipt_verification import claims_of
from consents.errors import ReceiptInvalid
from consents.models import Erasure

TYP = "consent-erasure+jwt"


def certificate_of(erasure: Erasure) -> str:
    """A compact JWS over the row, which says no personal data; "" where CONSENTS["SIGNER"] is not set."""
    return conf.signer(_statement(erasure), TYP) if conf.signer else ""


def require_certificate(erasure: Erasure, proven: Callable[[str], Mapping[str, Any]] = claims_of) -> None:
    """Raises ReceiptInvalid when the certificate does not say what the row says, or `proven`, which gives the claims of
    a JWS, refuses it; without `proven` the signature is not checked. A row needs none where CONSENTS["SIGNER"] is not
    set.
    """
    if not erasure.certificate and conf.signer is None:
        return
    try:
        claims: Mapping[str, Any] = proven(erasure.certificate)
    except IndexError:
        claims = {}
    due = _statement(erasure)
    if {name: claims.get(name) for name in due} != due:
        raise ReceiptInvalid(_("The certificate does not say what the journal says."))


def _statement(erasure: Erasure) -> dict[str, Any]:
    keep_until = erasure.keep_until
    return {
        "jti": str(erasure.pk),
        "sub": str(erasure.subject_id),
        "kind": erasure.kind,
        "basis": erasure.basis,
        "keep_until": keep_until.astimezone(UTC).isoformat() if keep_until else None,
        "epoch": erasure.epoch,
        "head": erasure.head,
        "erased_at": erasure.erased_at.astimezone(UTC).isoformat(),
    }
