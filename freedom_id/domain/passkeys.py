"""Passkeys (W3C Web Authentication, level 3): made by a person who proved herself, and a sign-in without a name.

A challenge is spent by the first answer, right or wrong. `fido2` reads and checks what authenticators say; what it
leaves to the relying party (single use, the owner, the counter, the backup flags) is checked here.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from freedom_id.conf import conf
from freedom_id.domain.credentials import PersonsAct, ProofSpent
from freedom_id.domain.events import record_event
from freedom_id.domain.native_apps import is_origin_of_own_app
from freedom_id.domain.person import person_of
from freedom_id.domain.rate_limits import FAILED_SIGN_INS_PER_IP, require_allowance
from freedom_id.domain.sign_in import note_failure
from freedom_id.enums import EventAction, NoticeKind, ProofType, SignInFailure
from freedom_id.errors import IdentifierTaken, InvalidFields
from freedom_id.models import Account, Passkey, PasskeyChallenge
from freedom_id.models.credential import draw_number

LIFETIME = timedelta(minutes=5)
CHALLENGE_BYTES = 32
HANDLE_BYTES = 64  # WebAuthn §14.6.1: a user handle is of 64 random bytes
TRANSPORTS = {"ble", "hybrid", "internal", "nfc", "smart-card", "usb"}
LONGEST_NAME = 100
LONGEST_ID = 1023  # §7.1 step 25
CREDENTIAL_ID = re.compile(r"[A-Za-z0-9_-]{1,1364}")
Answer = Mapping[str, Any]


class PasskeyRefused(InvalidFields):
    """What the authenticator said does not fit what it was asked, or is no such thing."""

    def __init__(self) -> None:
        super().__init__({"value": ["This does not answer the challenge."]})


def begin_passkey(act: PersonsAct) -> tuple[int, dict[str, Any]]:
    """Ask for a new passkey: the number that it will have, and what
    `navigator.credentials.create` takes (PublicKeyCredentialCreationOptionsJSON).

    Raises FreshProofNeeded and AccountUnavailable.
    """
    act.require_fresh_proof()
    number = draw_number()
    with transaction.atomic():
        act.lock_account()
        user = PublicKeyCredentialUserEntity(id=_handle_of(act.account), **_names(act.account))
        challenge = _ask(account=act.account, family=act.family, number=number)
    options, _state = _server().register_begin(
        user,
        _known_to(act.account),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=websafe_decode(challenge.value),
    )
    return number, dict(options)["publicKey"]


def add_passkey(act: PersonsAct, number: int, answer: Answer, *, name: str = "") -> None:
    """Keep the passkey that was begun with this number; `answer` is the RegistrationResponseJSON.

    Raises ProofSpent when it was answered before or more than five minutes ago, PasskeyRefused, AccountUnavailable, and
    IdentifierTaken for one that is registered already.
    """
    begun = PasskeyChallenge.objects.filter(account=act.account, number=number, family=act.family)
    challenge = _spend(begun)
    if challenge is None:
        raise ProofSpent
    data = _registered(challenge, answer)
    try:
        with transaction.atomic():
            act.lock_account()
            Passkey.objects.create(
                number=number,
                account=act.account,
                name=name[:LONGEST_NAME],
                transports=_transports(answer),
                **_columns(data),
            )
            act.record(NoticeKind.ADDED, ProofType.PASSKEY)
    except IntegrityError:
        raise IdentifierTaken from None


def begin_passkey_sign_in() -> tuple[PasskeyChallenge, dict[str, Any]]:
    """Ask for any passkey of ours: the challenge, and what `navigator.credentials.get` takes
    (PublicKeyCredentialRequestOptionsJSON). Nobody is named: the authenticator says who it is."""
    challenge = _ask()
    options, _state = _server().authenticate_begin(
        user_verification=UserVerificationRequirement.REQUIRED, challenge=websafe_decode(challenge.value)
    )
    return challenge, dict(options)["publicKey"]


def prove_by_passkey(
    challenge_id: UUID | None, answer: Answer, *, ip: str, track_id: UUID | None = None
) -> Account | None:
    """The active account whose passkey answered the challenge, else None; `answer` is the AuthenticationResponseJSON,
    `challenge_id` what the session was asked, if anything, `track_id` the AuthorizationRequest that it was for.

    A counter that does not grow is a copy of the passkey: refused, and journaled as such. Raises RateLimited: fifty
    failures in five minutes for an address.
    """
    require_allowance(FAILED_SIGN_INS_PER_IP, ip)
    asked = PasskeyChallenge.objects.filter(account=None)
    challenge = _spend(asked.filter(pk=challenge_id)) if challenge_id else None
    passkey = _named(answer)
    data = _signed(challenge, passkey, answer) if challenge and passkey else None
    if passkey and data and passkey.account.is_active:
        if _advance(passkey, data):
            return passkey.account
        record_event(passkey.account, EventAction.PASSKEY_COPIED, ip=ip)
    unusable = passkey and data and not passkey.account.is_active
    reason = SignInFailure.NOT_ACTIVE if unusable else SignInFailure.WRONG_PASSKEY
    note_failure(passkey.account if passkey else None, reason, ip=ip, track_id=track_id)
    return None


def _server() -> Fido2Server:
    """§13.4.9: our own origin, compared as a whole, or the one that Android gives to an app of the group."""
    parts = urlsplit(conf.issuer)
    return Fido2Server(
        PublicKeyCredentialRpEntity(name=conf.brand["NAME"], id=parts.hostname or ""),
        attestation=AttestationConveyancePreference.NONE,
        verify_origin=lambda origin: origin == f"{parts.scheme}://{parts.netloc}" or is_origin_of_own_app(origin),
    )


def _ask(**columns: Any) -> PasskeyChallenge:
    value = websafe_encode(secrets.token_bytes(CHALLENGE_BYTES))
    return PasskeyChallenge.objects.create(value=value, expires_at=timezone.now() + LIFETIME, **columns)


def _spend(asked: QuerySet[PasskeyChallenge]) -> PasskeyChallenge | None:
    """Of two answers at once one deletes the row."""
    row = asked.first()
    if row is None or not PasskeyChallenge.objects.filter(pk=row.pk).delete()[0]:
        return None
    return row if row.expires_at > timezone.now() else None


def _handle_of(account: Account) -> bytes:
    """The account's row is held."""
    row = Account.objects.only("passkey_handle").get(pk=account.pk)
    if row.passkey_handle is None:
        row.passkey_handle = secrets.token_bytes(HANDLE_BYTES)
        row.save(update_fields=["passkey_handle"])
    return bytes(row.passkey_handle)


def _names(account: Account) -> dict[str, str]:
    """What the person's device shows her beside the passkey; masked, for a client that asks may not know them."""
    person = person_of(account)
    name = person.masked("email") or person.masked("phone") or conf.brand["NAME"]
    return {"name": name, "display_name": name}


def _known_to(account: Account) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=websafe_decode(credential_id))
        for credential_id in Passkey.objects.filter(account=account).values_list("credential_id", flat=True)
    ]


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except Exception:  # noqa: BLE001 -- the library's parsers raise whatever odd bytes lead them to
        raise PasskeyRefused from None


def _named(answer: Answer) -> Passkey | None:
    named = answer.get("id")
    if not isinstance(named, str) or not CREDENTIAL_ID.fullmatch(named):
        return None
    return Passkey.objects.select_related("account").filter(credential_id=named).first()


def _registered(challenge: PasskeyChallenge, answer: Answer) -> AuthenticatorData:
    """§7.1, Registering a New Credential."""
    server = _server()
    with _refusing():
        registration = RegistrationResponse.from_dict(answer)
        data = server.register_complete(_state_of(challenge), registration)
    _require_honest(registration.response.client_data, data)
    credential = data.credential_data
    algorithms = {parameter.alg for parameter in server.allowed_algorithms}
    if credential is None or credential.public_key.ALGORITHM not in algorithms:
        raise PasskeyRefused
    with _refusing(), suppress(InvalidSignature):  # a key that cannot judge a signature is none
        credential.public_key.verify(b"", b"")
    if registration.raw_id != credential.credential_id or len(credential.credential_id) > LONGEST_ID:
        raise PasskeyRefused
    return data


def _signed(challenge: PasskeyChallenge, passkey: Passkey, answer: Answer) -> AuthenticatorData | None:
    """§7.2, Verifying an Authentication Assertion; None when it is not."""
    try:
        with _refusing():
            parsed = AuthenticationResponse.from_dict(answer)
            _server().authenticate_complete(_state_of(challenge), [_stored(passkey)], parsed)
        data = parsed.response.authenticator_data
        _require_honest(parsed.response.client_data, data)
    except PasskeyRefused:
        return None
    hers = parsed.response.user_handle == bytes(passkey.account.passkey_handle or b"")
    return data if hers and data.is_backup_eligible() == passkey.backup_eligible else None


def _require_honest(client_data: CollectedClientData, data: AuthenticatorData) -> None:
    """§7.1 steps 10 and 16 and their like in §7.2: we are in no frame, and what cannot be backed up is not."""
    if client_data.cross_origin or (data.is_backed_up() and not data.is_backup_eligible()):
        raise PasskeyRefused


def _advance(passkey: Passkey, data: AuthenticatorData) -> bool:
    """§7.2 step 22: the counter grows, or stays zero. Of two assertions with the same count one is a copy's."""
    grows = Q(sign_count__lt=data.counter) | (Q(sign_count=0) if data.counter == 0 else Q(pk=None))
    return bool(
        Passkey.objects.filter(grows, pk=passkey.pk).update(
            sign_count=data.counter, backed_up=data.is_backed_up(), last_used_at=timezone.now()
        )
    )


def _state_of(challenge: PasskeyChallenge) -> dict[str, Any]:
    return {"challenge": challenge.value, "user_verification": UserVerificationRequirement.REQUIRED}


def _stored(passkey: Passkey) -> AttestedCredentialData:
    key = CoseKey.parse(cbor.decode(bytes(passkey.public_key)))  # type: ignore[arg-type]
    return AttestedCredentialData.create(Aaguid.NONE, websafe_decode(passkey.credential_id), key)


def _columns(data: AuthenticatorData) -> dict[str, Any]:
    credential = data.credential_data
    assert credential is not None  # noqa: S101 -- `_registered` saw to it
    return {
        "credential_id": websafe_encode(credential.credential_id),
        "public_key": cbor.encode(credential.public_key),
        "sign_count": data.counter,
        "backup_eligible": data.is_backup_eligible(),
        "backed_up": data.is_backed_up(),
    }


def _transports(answer: Answer) -> list[str]:
    """What the browser says of them; of use to it alone, so what is odd is dropped."""
    said = answer["response"].get("transports")
    return sorted(TRANSPORTS & {item for item in said if isinstance(item, str)}) if isinstance(said, list) else []
