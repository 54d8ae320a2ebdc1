"""What people prove themselves by: an app, a sheet of recovery codes, an authenticator for passkeys."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

from freedom_id.domain.rfc6238_totp import STEP_SECONDS, code_of_step, draw_secret
from freedom_id.models import Account, Authenticator

ORIGIN = "http://localhost:8000"
UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def with_app(account: Account) -> str:
    """The account has an app; its secret."""
    secret = draw_secret()
    Authenticator.objects.create(account=account, type="totp", secret=secret, verified_at=timezone.now())
    return secret


def shown_by(secret: str, *, away: int = 0) -> str:
    """What the app shows now, or so many steps away."""
    return code_of_step(secret, int(timezone.now().timestamp()) // STEP_SECONDS + away)


def wrong_for(secret: str) -> str:
    right = {shown_by(secret, away=away) for away in range(-2, 3)}
    return next(code for code in ("111111", "222222", "333333", "444444", "555555", "666666") if code not in right)


@dataclass
class SoftAuthenticator:
    """Makes a passkey in memory and signs with it (ES256). What is said can be bent: each field by its name."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    user_handle: bytes = b""
    count: int = 0
    flags: int = UP | UV

    def create(self, options: dict[str, Any], **bent: Any) -> dict[str, Any]:
        """RegistrationResponseJSON for PublicKeyCredentialCreationOptionsJSON."""
        self.user_handle = websafe_decode(options["user"]["id"])
        key = bent.pop("cose", None) or ES256.from_cryptography_key(self.key.public_key())
        made = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor.encode(key)
        data, client_data = self._said("webauthn.create", options["rp"]["id"], options, AT, made, bent)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        response = {"attestationObject": websafe_encode(attestation), "transports": ["internal", "hybrid", "spell"]}
        return self._answer(client_data, response, bent)

    def get(self, options: dict[str, Any], **bent: Any) -> dict[str, Any]:
        """AuthenticationResponseJSON for PublicKeyCredentialRequestOptionsJSON."""
        data, client_data = self._said("webauthn.get", options["rpId"], options, 0, b"", bent)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(bent.pop("signature", signature)),
            "userHandle": websafe_encode(bent.pop("user_handle", self.user_handle)),
        }
        return self._answer(client_data, response, bent)

    def _said(
        self, kind: str, rp_id: str, options: dict[str, Any], flags: int, made: bytes, bent: dict[str, Any]
    ) -> tuple[bytes, bytes]:
        said = {"type": kind, "challenge": options["challenge"], "origin": ORIGIN, "crossOrigin": False}
        said |= {name: bent.pop(name) for name in list(bent) if name in said}
        head = hashlib.sha256(bent.pop("rp_id", rp_id).encode()).digest()
        count = bent.pop("count", self.count).to_bytes(4, "big")
        return head + bytes([bent.pop("flags", self.flags | flags)]) + count + made, json.dumps(said).encode()

    def _answer(self, client_data: bytes, response: dict[str, str], bent: dict[str, Any]) -> dict[str, Any]:
        name = websafe_encode(self.credential_id)
        response = {"clientDataJSON": websafe_encode(client_data), **response}
        shape = {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {}, "response": response}
        return shape | bent
