"""The certificate of an erasure: a signed statement of what was forgotten, for the person and for the journal."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from django.utils.translation import gettext as _

from consents.conf import conf
from consents.domain.receipt_verification import claims_of, proven_claims
from consents.errors import ReceiptInvalid
from consents.models import Erasure

TYP = "consent-erasure+jwt"


def certificate_of(erasure: Erasure) -> str:
    """A compact JWS over the row, which says no personal data; "" where CONSENTS["SIGNER"] is not set."""
    return conf.signer(_statement(erasure), TYP) if conf.signer else ""


def require_certificate(erasure: Erasure, keys: Sequence[Mapping[str, Any]] | None) -> None:
    """Raises ReceiptInvalid when the certificate does not say what the row says, or none of `keys` signed it.

    A row needs none where CONSENTS["SIGNER"] is not set. Without `keys` the signature is not checked.
    """
    if not erasure.certificate and conf.signer is None:
        return
    try:
        jws = erasure.certificate
        claims = claims_of(jws) if keys is None else proven_claims(jws, keys, typ=TYP)
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
