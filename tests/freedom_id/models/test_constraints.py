"""Each named constraint refuses the row that it is there to refuse."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from freedom_id.models import (
    AccessToken,
    Account,
    AccountEvent,
    Authenticator,
    Authorization,
    AuthorizationRequest,
    BridgePolicy,
    Credential,
    Device,
    DeviceGrant,
    FederatedId,
    Grant,
    Notice,
    NumberReference,
    OneTimeCode,
    PartnerClient,
    Passkey,
    PasskeyChallenge,
    ProfileRequest,
    RecoveryCode,
    RefreshToken,
    RevokeCallback,
    SigningKey,
    SignUp,
    TokenFamily,
    TwoStepChallenge,
)

pytestmark = pytest.mark.django_db
Rows = Callable[..., Any]


def account(**columns: Any) -> Account:
    return Account.objects.create_account(**columns)


def client(**columns: Any) -> PartnerClient:
    return PartnerClient.objects.create(**({"client_type": "confidential", "redirect_uris": ""} | columns))


def authorization(**columns: Any) -> Authorization:
    known = {name: made() for name, made in (("account", account), ("client", client)) if name not in columns}
    return Authorization.objects.create(**(known | columns))


def bridge(**columns: Any) -> BridgePolicy:
    return BridgePolicy.objects.create(**columns)


def request(**columns: Any) -> AuthorizationRequest:
    now = timezone.now()
    known = {"client": client(), "door": "oauth", "created_at": now, "expires_at": now + timedelta(minutes=1)}
    return AuthorizationRequest.objects.create(**(known | columns))


def credential(**columns: Any) -> Credential:
    known = {"type": "mobile", "value": "+998901234567", "value_index": uuid4().hex, "verified_at": timezone.now()}
    return Credential.objects.create(**({"account": columns.get("account") or account()} | known | columns))


def claims(**columns: Any) -> None:
    """One that is proven and one that is not."""
    one = account()
    credential(account=one, **columns)
    credential(account=one, verified_at=None, **columns)


def authenticator(**columns: Any) -> Authenticator:
    return Authenticator.objects.create(**({"account": columns.get("account") or account(), "type": "totp"} | columns))


def federated_id(**columns: Any) -> FederatedId:
    """A proven one."""
    known = {"type": "google_id", "value": "x", "value_index": uuid4().hex, "verified_at": timezone.now()}
    return FederatedId.objects.create(**({"account": columns.get("account") or account()} | known | columns))


def federated_claim(**columns: Any) -> FederatedId:
    times = {"verified_at": None, "nonce_expires_at": timezone.now()}
    return federated_id(**({"value": "", "value_index": "", "nonce_digest": "x"} | times | columns))


def passkey(**columns: Any) -> Passkey:
    known = {"account": columns.get("account") or account(), "credential_id": uuid4().hex, "public_key": b""}
    return Passkey.objects.create(**(known | columns))


def passkey_challenge(**columns: Any) -> PasskeyChallenge:
    return PasskeyChallenge.objects.create(**({"value": "x", "expires_at": timezone.now()} | columns))


def notice(**columns: Any) -> Notice:
    known = {"account": account(), "kind": "added", "about": "totp", "channel": "sms", "address": "x"}
    return Notice.objects.create(**(known | columns))


def code(**columns: Any) -> OneTimeCode:
    known = {"channel": "sms", "address": "x", "address_index": uuid4().hex, "expires_at": timezone.now()}
    return OneTimeCode.objects.create(**(known | columns))


def sign_up(**columns: Any) -> SignUp:
    known = {"client": columns.get("client") or client(), "type": "mobile", "value": "x", "person": "{}"}
    return SignUp.objects.create(**(known | columns))


def profile(**columns: Any) -> ProfileRequest:
    known = {"request_id": uuid4(), "expires_at": timezone.now()}
    return ProfileRequest.objects.create(
        **({"authorization": columns.get("authorization") or authorization()} | known | columns)
    )


def family() -> TokenFamily:
    now = timezone.now()
    return TokenFamily.objects.create(authorization=authorization(), authenticated_at=now, expires_at=now)


def key(**columns: Any) -> SigningKey:
    known = {"kid": uuid4().hex, "public_jwk": {}, "private_jwk": "x"}
    known |= {"activated_at": NOW} if columns.get("state") in {"signing", "retired"} else {}
    known |= {"retired_at": NOW} if columns.get("state") in {"retired", "revoked"} else {}
    return SigningKey.objects.create(**(known | columns))


def refresh(**columns: Any) -> RefreshToken:
    known = {"user": account(), "application": client(), "family": family(), "token": "", "expires": timezone.now()}
    return RefreshToken.objects.create(**(known | columns))


def access(**columns: Any) -> AccessToken:
    known = {"family": family(), "token": "", "expires": timezone.now()}
    return AccessToken.objects.create(**(known | columns))


def authorization_code(**columns: Any) -> Grant:
    known = {"user": account(), "application": client(), "authorization": family().authorization}
    times = {"expires": timezone.now(), "authenticated_at": timezone.now()}
    return Grant.objects.create(**(known | times | columns))


def device(**columns: Any) -> DeviceGrant:
    return DeviceGrant.objects.create(user_code=uuid4().hex, expires=timezone.now(), client_id="x", **columns)


def a_device(**columns: Any) -> Device:
    known = {"account": columns.get("account") or account(), "key": uuid4().hex}
    return Device.objects.create(**(known | columns))


def challenge(**columns: Any) -> TwoStepChallenge:
    now, asking = timezone.now(), client()
    known = {"account": account(), "asking_client": asking, "client": asking, "ip": "127.0.0.1", "method": "qr"}
    times = {"created_at": now, "expires_at": now + timedelta(minutes=2)}
    return TwoStepChallenge.objects.create(**(known | times | columns))


def approved_by_itself() -> None:
    one = a_device()
    challenge(device=one, approving_device=one, state="approved", decided_at=NOW)


def twice(make: Rows, *parents: tuple[str, Rows], **columns: Any) -> None:
    """Two rows that agree in `columns` and in their parents."""
    shared = columns | {name: parent() for name, parent in parents}
    make(**shared)
    make(**shared)


def same_credential(**columns: Any) -> None:
    one = account()
    credential(account=one, **columns)
    credential(account=one, **columns)


NOW = timezone.now()
VIOLATIONS: dict[str, Callable[[], Any]] = {
    "account_ssoid_has_eight_digits": lambda: Account.objects.create(pk=9_999_999),
    "account_status_is_known": lambda: account(status="asleep"),
    "account_country_is_alpha3": lambda: account(country="uz"),
    "account_erasure_follows_closing": lambda: account(closes_at=NOW),
    "account_erased_was_to_be": lambda: account(erased_at=NOW),
    "authorization_one_live_per_client": lambda: twice(authorization, ("account", account), ("client", client)),
    "authorization_end_has_a_reason": lambda: authorization(ended_at=NOW),
    "authrequest_door_is_known": lambda: request(door="window"),
    "authrequest_response_mode_is_known": lambda: request(response_mode="fragment"),
    "authrequest_lives_forward": lambda: request(created_at=NOW, expires_at=NOW),
    "credential_verified_by_one_account": lambda: twice(credential, value_index="same"),
    "credential_one_main_per_type": lambda: same_credential(is_primary=True),
    "credential_once_per_account": lambda: claims(value_index="same"),
    "credential_one_claim_per_type": lambda: same_credential(verified_at=None),
    "credential_number_is_unique": lambda: twice(credential, number=5),
    "authenticator_one_per_type": lambda: twice(authenticator, ("account", account)),
    "authenticator_type_is_known": lambda: authenticator(type="mobile"),
    "recoverycode_is_drawn_once": lambda: twice(
        RecoveryCode.objects.create, ("authenticator", authenticator), digest="x"
    ),
    "federatedid_verified_by_one_account": lambda: twice(federated_id, value_index="same"),
    "federatedid_one_claim_per_type": lambda: twice(federated_claim, ("account", account)),
    "federatedid_type_is_known": lambda: federated_id(type="mobile"),
    "federatedid_is_claimed_or_proven": lambda: federated_id(value_index=""),
    "account_passkey_handle_is_unique": lambda: twice(account, passkey_handle=bytes(64)),
    "passkey_credential_is_unique": lambda: twice(passkey, credential_id="same"),
    "passkey_count_has_32_bits": lambda: passkey(sign_count=2**32),
    "passkey_backed_up_is_eligible": lambda: passkey(backed_up=True),
    "passkeychallenge_number_is_unique": lambda: twice(passkey_challenge, ("account", account), number=5),
    "passkeychallenge_numbers_a_new_one": lambda: passkey_challenge(number=5),
    "notice_kind_is_known": lambda: notice(kind="fun"),
    "notice_subject_is_known": lambda: notice(about="fun"),
    "notice_channel_is_known": lambda: notice(channel="fax"),
    "onetimecode_spent_after_it_proved": lambda: code(used_at=NOW),
    "credential_type_is_known": lambda: credential(type="pigeon"),
    "credential_main_is_verified": lambda: credential(is_primary=True, verified_at=None),
    "event_channel_of_a_look_up": lambda: AccountEvent.objects.create(action="account:person:looked_up"),
    "onetimecode_one_live_per_address": lambda: twice(code, address_index="same"),
    "onetimecode_one_live_per_client": lambda: twice(
        code, ("client", client), ("account", account), address_index="same"
    ),
    "onetimecode_one_live_for_nobody": lambda: twice(code, ("client", client), address_index="same"),
    "onetimecode_attempts_are_bounded": lambda: code(attempts=6),
    "onetimecode_channel_is_known": lambda: code(channel="fax"),
    "onetimecode_resends_bounded": lambda: code(resends=4),
    "onetimecode_purpose_is_known": lambda: code(purpose="fun"),
    "onetimecode_reference_has_four": lambda: code(ref_code="A-1"),
    "onetimecode_nobody_proves_nothing": lambda: code(consumed_at=NOW),
    "onetimecode_sign_up_has_no_account": lambda: code(purpose="sign_up", sign_up=sign_up(), account=account()),
    "signup_type_is_known": lambda: sign_up(type="fax"),
    "signup_opens_after_the_proof": lambda: sign_up(account=account()),
    "signup_opens_one_account": lambda: twice(sign_up, ("account", account), proven_at=NOW),
    "onetimecode_delivered_or_not": lambda: code(delivered_at=NOW, undelivered_at=NOW),
    "numberreference_once_per_client": lambda: twice(
        NumberReference.objects.create, ("client", client), ("credential", credential), digest="x"
    ),
    "client_status_is_known": lambda: client(status="asleep"),
    "client_type_is_known": lambda: client(client_type="secret"),
    "client_public_has_no_secret": lambda: client(client_type="public", client_secret="x"),
    "client_public_operates_nothing": lambda: client(client_type="public", operator_scopes=["accounts.operate"]),
    "client_lets_one_device_in": lambda: client(max_devices=0),
    "device_once_per_account": lambda: twice(a_device, ("account", account), key="same"),
    "device_family_is_an_apps": lambda: a_device(family=family()),
    "challenge_state_is_known": lambda: challenge(state="lost", decided_at=NOW),
    "challenge_method_is_known": lambda: challenge(method="pigeon"),
    "challenge_end_has_a_time": lambda: challenge(state="declined"),
    "challenge_approved_by_a_device": lambda: challenge(state="approved", decided_at=NOW),
    "challenge_trust_is_approved": lambda: challenge(trusted=True),
    "challenge_not_approved_by_who_asks": approved_by_itself,
    "challenge_tries_are_bounded": lambda: challenge(wrong_proofs=4),
    "challenge_number_is_a_pushs": lambda: challenge(number=42),
    "challenge_lives_forward": lambda: challenge(created_at=NOW, expires_at=NOW),
    "client_previous_secret_ends": lambda: client(client_secret="x", previous_secret="y"),
    "client_suspended_by_when_suspended": lambda: client(suspended_by=client()),
    "bridge_once_per_pair": lambda: twice(bridge, ("caller", client), ("audience", client)),
    "bridge_joins_two": lambda: bridge(**dict.fromkeys(("caller", "audience"), client())),
    "profilerequest_once_per_id": lambda: twice(profile, ("authorization", authorization), request_id=uuid4()),
    "profilerequest_state_known": lambda: profile(state="lost"),
    "profilerequest_parcel_only_when_completed": lambda: profile(parcel="{}"),
    "profilerequest_end_has_a_time": lambda: profile(state="completed"),
    "callback_state_is_known": lambda: RevokeCallback.objects.create(family=family(), url="", state="lost"),
    "signingkey_one_signs": lambda: twice(key, state="signing"),
    "signingkey_one_comes_next": lambda: twice(key),
    "signingkey_moments_follow_the_state": lambda: key(state="signing", activated_at=None),
    "signingkey_state_is_known": lambda: key(state="lost"),
    "grant_digest_is_unique": lambda: twice(authorization_code, code="same"),
    "accesstoken_digest_is_unique": lambda: twice(access, token_checksum="same"),
    "refreshtoken_digest_is_unique": lambda: twice(refresh, token_checksum="same"),
    "freedom_id_devicegrant_unique_device_code": lambda: twice(device, device_code="same"),
}

# What they refuse breaks another rule too, which PostgreSQL tries first (by name).
IMPLIED = {
    "signingkey_state_is_known": "signingkey_moments_follow_the_state",
    "client_type_is_known": "client_public_has_no_secret",
    "profilerequest_state_known": "profilerequest_end_has_a_time",
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_constraint_refuses_its_violation(name: str) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        VIOLATIONS[name]()
    if connection.vendor == "postgresql":  # SQLite names the columns of a unique index instead
        assert IMPLIED.get(name, name) in str(refused.value)


def test_every_constraint_is_tried() -> None:
    models = apps.get_app_config("freedom_id").get_models()
    assert {constraint.name for model in models for constraint in model._meta.constraints} == set(VIOLATIONS)


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (federated_claim, {"nonce_digest": ""}),
        (federated_claim, {"nonce_expires_at": None}),
        (federated_claim, {"value_index": "x"}),
        (federated_id, {"nonce_digest": "x"}),
        (federated_id, {"nonce_expires_at": NOW}),
    ],
    ids=["no nonce", "no end", "a value unproven", "a nonce left", "an end left"],
)
def test_a_federated_id_is_claimed_or_proven(make: Rows, columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make(**columns)


def test_what_the_constraints_allow() -> None:
    one, partner = account(), client()
    authorization(account=one, client=partner, ended_at=NOW, end_reason="withdrawn")
    authorization(account=one, client=partner)
    credential(value_index="same")
    credential(value_index="same", verified_at=None)
    federated_claim(account=one)
    federated_claim(account=one, type="facebook_id")
    federated_id(account=one)
    federated_id(account=one)
    code(address_index="same", consumed_at=NOW, account=one)
    code(address_index="same", retired_at=NOW)
    code(address_index="same", attempts=5)
    code(address_index="same", purpose="step_up")
    code(address_index="same", client=partner)
    code(address_index="same", client=partner, account=one)
    key(state="retired")
    key(state="signing")
    key(state="revoked")
    key()
    key(algorithm="RS256")
    profile(state="completed", finished_at=NOW, parcel="{}")
