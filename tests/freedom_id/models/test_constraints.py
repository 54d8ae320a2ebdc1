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
    AccountErasure,
    AccountEvent,
    ApplicationCheck,
    ApplicationComment,
    AuditEntry,
    Authenticator,
    Authorization,
    AuthorizationRequest,
    BackchannelLogout,
    BridgePolicy,
    BrowserSignIn,
    BulkAct,
    BulkActRow,
    Credential,
    Device,
    DeviceGrant,
    DeviceSecret,
    DeviceSignIn,
    ErasureRequest,
    ExportPart,
    FactorRecovery,
    FederatedId,
    Grant,
    JournalPosition,
    Notice,
    NumberReference,
    OneTimeCode,
    PartnerApplication,
    PartnerClient,
    PartnerMessage,
    Passkey,
    PasskeyChallenge,
    PersonalCopy,
    ProfileRequest,
    RecoveryCode,
    RefreshToken,
    RevokeCallback,
    SandboxPerson,
    SecretHandover,
    SigningKey,
    SignUp,
    SpentAssertion,
    StaffExport,
    TokenFamily,
    TwoStepChallenge,
    UsageCount,
)

pytestmark = pytest.mark.django_db
Rows = Callable[..., Any]


def account(**columns: Any) -> Account:
    return Account.objects.create_account(**columns)


def client(**columns: Any) -> PartnerClient:
    return PartnerClient.objects.create(**({"client_type": "confidential", "redirect_uris": ""} | columns))


def application(**columns: Any) -> PartnerApplication:
    return PartnerApplication.objects.create(**({"contact_name": "x", "contact_email": "x"} | columns))


def check(**columns: Any) -> ApplicationCheck:
    known = {"application": columns.get("application") or application(), "name": "logo", "result": "passed"}
    return ApplicationCheck.objects.create(**(known | columns))


def comment(**columns: Any) -> ApplicationComment:
    return ApplicationComment.objects.create(**({"application": application(), "text": "x"} | columns))


def handover(**columns: Any) -> SecretHandover:
    known = {"client": columns.get("client") or client(), "expires_at": NOW + timedelta(hours=1)}
    return SecretHandover.objects.create(**(known | columns))


def live_application(**columns: Any) -> PartnerApplication:
    known = {"state": "live", "sent_at": NOW, "client": client(), "reviewed_by": account(), "live_at": NOW}
    return application(**(known | columns))


def live_by_one() -> PartnerApplication:
    one = account()
    return live_application(live_asked_by=one, live_approved_by=one)


def sandbox_person(**columns: Any) -> SandboxPerson:
    return SandboxPerson.objects.create(**({"account": account(), "name": "full"} | columns))


def erasure(**columns: Any) -> ErasureRequest:
    known = {"account": columns.pop("account", None) or account(), "reason": "x"}
    return ErasureRequest.objects.create(**(known | {"asked_by": columns.pop("asked_by", None) or account()} | columns))


def account_erasure(**columns: Any) -> AccountErasure:
    known = {"account": columns.get("account") or account(), "origin": "person", "not_before": NOW, "due_at": NOW}
    return AccountErasure.objects.create(**(known | columns))


def entry(**columns: Any) -> AuditEntry:
    return AuditEntry.objects.create(**({"recorded_at": NOW, "action": "read", "request_id": "-"} | columns))


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


def personal_copy(**columns: Any) -> PersonalCopy:
    known = {"account": columns.get("account") or account(), "expires_at": timezone.now()}
    return PersonalCopy.objects.create(**(known | columns))


def usage_count(**columns: Any) -> UsageCount:
    return UsageCount.objects.create(**({"day": NOW.date(), "kind": "error", "shard": 0, "number": 1} | columns))


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


def revoke_callback(**columns: Any) -> RevokeCallback:
    return RevokeCallback.objects.create(family=family(), url="https://partner.example/hook", **columns)


def logout(**columns: Any) -> BackchannelLogout:
    required = {"client": client, "account": account, "sid": uuid4}
    made = {name: make() for name, make in required.items() if name not in columns}
    return BackchannelLogout.objects.create(url="https://partner.example/hook", **made, **columns)


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


def device_secret(**columns: Any) -> DeviceSecret:
    known = {"family": columns.get("family") or family(), "digest": uuid4().hex}
    return DeviceSecret.objects.create(**(known | {"expires_at": NOW + timedelta(days=1)} | columns))


def challenge(**columns: Any) -> TwoStepChallenge:
    now, asking = timezone.now(), client()
    known = {"account": account(), "asking_client": asking, "client": asking, "ip": "127.0.0.1", "method": "qr"}
    times = {"created_at": now, "expires_at": now + timedelta(minutes=2)}
    return TwoStepChallenge.objects.create(**(known | times | columns))


def device_sign_in(**columns: Any) -> DeviceSignIn:
    times = {"created_at": NOW, "expires_at": NOW + timedelta(minutes=3)}
    return DeviceSignIn.objects.create(**({"number": 42} | times | columns))


def bulk_act(**columns: Any) -> BulkAct:
    known = {"requested_by": account(), "queue": "notice", "act": "retry", "total": 1}
    return BulkAct.objects.create(**(known | columns))


def bulk_act_row(**columns: Any) -> BulkActRow:
    known = {"bulk_act": columns.get("bulk_act") or bulk_act(), "key": uuid4(), "outcome": "done"}
    return BulkActRow.objects.create(**(known | columns))


def export(**columns: Any) -> StaffExport:
    known = {"asked_by": account(), "kind": "partners", "form": "csv", "expires_at": NOW}
    return StaffExport.objects.create(**(known | columns))


def export_part(**columns: Any) -> ExportPart:
    known = {"export": columns.get("export") or export(), "number": 1, "rows": 1, "start": 0, "size": 1, "content": "x"}
    return ExportPart.objects.create(**(known | columns))


def parts(*columns: dict[str, Any]) -> None:
    """Of one export."""
    one = export()
    for each in columns:
        export_part(export=one, **each)


def recovery(**columns: Any) -> FactorRecovery:
    known = {"account": columns.get("account") or account(), "opened_at": NOW, "due_at": NOW + timedelta(hours=72)}
    return FactorRecovery.objects.create(**(known | columns))


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
PUBLIC = {"client_type": "public", "token_endpoint_auth_method": "none"}
SIGNING = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}}
VIOLATIONS: dict[str, Callable[[], Any]] = {
    "application_state_is_known": lambda: application(state="lost", sent_at=NOW),
    "application_is_a_draft_until_sent": lambda: application(sent_at=NOW),
    "application_accepted_has_a_client": lambda: application(client=client()),
    "application_decided_by_somebody": lambda: application(state="refused", sent_at=NOW),
    "application_checks_while_checking": lambda: application(state="checking", sent_at=NOW),
    "application_live_asked_in_time": lambda: application(live_asked_by=account()),
    "application_live_is_approved": live_application,
    "application_live_by_two": live_by_one,
    "applicationcheck_is_one": lambda: twice(check, ("application", application)),
    "applicationcheck_says_why": lambda: check(result="failed"),
    "applicationcomment_internal_by_staff": lambda: comment(internal=True),
    "applicationcomment_says_something": lambda: comment(text=""),
    "client_stage_is_known": lambda: client(stage="moon"),
    "handover_one_open": lambda: twice(handover, ("client", client)),
    "handover_taken_or_ended": lambda: handover(taken_at=NOW, ended_at=NOW),
    "handover_taken_in_time": lambda: handover(taken_at=NOW + timedelta(hours=1)),
    "partnermessage_kind_is_known": lambda: PartnerMessage.objects.create(application=application(), kind="fun"),
    "sandboxperson_is_one_of_each": lambda: twice(sandbox_person, ("client", client)),
    "account_ssoid_has_eight_digits": lambda: Account.objects.create(pk=9_999_999),
    "account_status_is_known": lambda: account(status="asleep"),
    "account_country_is_alpha3": lambda: account(country="uz"),
    "account_erasure_follows_closing": lambda: account(closes_at=NOW),
    "account_erased_was_to_be": lambda: account(erased_at=NOW),
    "audit_numbers_begin_at_one": lambda: entry(number=0),
    "audit_chain_does_not_fork": lambda: (entry(number=1), entry(number=2)),
    "audit_actor_is_one": lambda: entry(number=1, actor=account(), command="createpartner"),
    "authorization_one_live_per_client": lambda: twice(authorization, ("account", account), ("client", client)),
    "authorization_end_has_a_reason": lambda: authorization(ended_at=NOW),
    "authorization_ends_after_it_began": lambda: authorization(created_at=NOW, ends_at=NOW),
    "authrequest_door_is_known": lambda: request(door="window"),
    "authrequest_response_mode_is_known": lambda: request(response_mode="fragment"),
    "authrequest_acr_is_known": lambda: request(acr="aal1", acr_essential=True),
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
    "notice_sent_or_called_off": lambda: notice(sent_at=NOW, cancelled_at=NOW),
    "bulkact_act_is_known": lambda: bulk_act(act="delete"),
    "bulkact_state_is_known": lambda: bulk_act(state="lost", finished_at=NOW),
    "bulkact_end_has_a_time": lambda: bulk_act(state="completed"),
    "bulkact_lease_while_running": lambda: bulk_act(lease=uuid4()),
    "bulkactrow_once": lambda: twice(bulk_act_row, ("bulk_act", bulk_act), key=uuid4()),
    "bulkactrow_outcome_is_known": lambda: bulk_act_row(outcome="lost"),
    "staffexport_kind_is_known": lambda: export(kind="people"),
    "staffexport_form_is_known": lambda: export(form="xlsx"),
    "staffexport_state_is_known": lambda: export(state="lost"),
    "staffexport_ready_has_a_digest": lambda: export(state="ready", ready_at=NOW),
    "staffexport_lease_while_working": lambda: export(lease=uuid4()),
    "exportpart_once": lambda: parts({}, {"start": 1}),
    "exportpart_begins_once": lambda: parts({}, {"number": 2}),
    "exportpart_is_not_empty": lambda: export_part(size=0),
    "personalcopy_one_waiting": lambda: twice(personal_copy, ("account", account)),
    "personalcopy_state_is_known": lambda: personal_copy(state="lost"),
    "personalcopy_content_when_ready": lambda: personal_copy(content="x"),
    "personalcopy_ready_has_a_time": lambda: personal_copy(state="ready", content="x"),
    "personalcopy_lease_while_working": lambda: personal_copy(lease=uuid4()),
    "personalcopy_taken_when_ready": lambda: personal_copy(downloads=1),
    "onetimecode_country_of_a_number": lambda: code(channel="email", country="UZ"),
    "onetimecode_spent_after_it_proved": lambda: code(used_at=NOW),
    "credential_type_is_known": lambda: credential(type="pigeon"),
    "credential_main_is_verified": lambda: credential(is_primary=True, verified_at=None),
    "event_method_of_a_sign_in": lambda: AccountEvent.objects.create(action="account:session:ended", method="sms"),
    "usagecount_kind_is_known": lambda: usage_count(kind="moon"),
    "usagecount_once_per_cell": lambda: twice(usage_count),
    "event_reason_of_a_failure": lambda: AccountEvent.objects.create(
        action="account:session:started", reason="password"
    ),
    "authrequest_outcome_is_somebodys": lambda: AuthorizationRequest.objects.create(
        client=client(), door="oauth", redirect_uri="", expires_at=NOW + timedelta(days=1), outcome="allowed"
    ),
    "erasure_state_is_known": lambda: erasure(state="x", decided_by=account(), decided_at=NOW),
    "erasure_has_a_reason": lambda: erasure(reason=""),
    "erasure_one_waiting": lambda: [erasure(account=first) for first in [account()] for _twice in range(2)],
    "erasure_decided_by_somebody": lambda: erasure(state="dismissed"),
    "erasure_approved_by_another": lambda: [
        erasure(asked_by=one, decided_by=one, state="approved", decided_at=NOW) for one in [account()]
    ],
    "accounterasure_one_per_account": lambda: twice(account_erasure, ("account", account)),
    "accounterasure_origin_is_known": lambda: account_erasure(origin="moon"),
    "accounterasure_state_is_known": lambda: account_erasure(state="lost", finished_at=NOW),
    "accounterasure_keeps_the_promise": lambda: account_erasure(not_before=NOW + timedelta(days=30)),
    "accounterasure_end_has_a_time": lambda: account_erasure(state="done"),
    "accounterasure_lease_while_waiting": lambda: account_erasure(state="done", finished_at=NOW, lease=uuid4()),
    "accounterasure_given_up_for_a_reason": lambda: account_erasure(state="given_up", finished_at=NOW),
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
    "onetimecode_nobody_proves_nothing": lambda: code(client=client(), consumed_at=NOW),
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
    "client_backchannel_is_an_address": lambda: client(backchannel_logout_uri="javascript:alert(1)"),
    "client_public_has_no_secret": lambda: client(**PUBLIC, client_secret="x"),
    "client_public_operates_nothing": lambda: client(**PUBLIC, operator_scopes=["accounts.operate"]),
    "client_authenticates_in_one_way": lambda: client(**SIGNING, client_secret="x"),
    "client_token_format_is_known": lambda: client(access_token_format="xml"),
    "spentassertion_once": lambda: twice(
        SpentAssertion.objects.create, ("client", client), jti_digest="x", expires_at=NOW
    ),
    "client_lets_one_device_in": lambda: client(max_devices=0),
    "device_once_per_account": lambda: twice(a_device, ("account", account), key="same"),
    "device_browser_is_no_app": lambda: a_device(client=client(), browser="x"),
    "device_family_is_an_apps": lambda: a_device(family=family()),
    "client_android_app_is_whole": lambda: client(native=True, android_package="uz.shop"),
    "client_apple_app_ids_are_such": lambda: client(native=True, apple_app_ids="short.uz.shop"),
    "client_with_apps_is_native": lambda: client(apple_app_ids="A1B2C3D4E5.uz.shop"),
    "client_passkeys_in_own_app": lambda: client(native=True, apple_app_ids="A1B2C3D4E5.uz.shop", passkeys_in_app=True),
    "client_device_sso_in_own_app": lambda: client(native=True, scopes=["openid", "device_sso"]),
    "devicesecret_digest_is_unique": lambda: twice(device_secret, digest="x"),
    "devicesecret_one_live_per_family": lambda: twice(device_secret, ("family", family)),
    "devicesecret_ends_after_it_began": lambda: device_secret(expires_at=NOW, created_at=NOW),
    "challenge_state_is_known": lambda: challenge(state="lost", decided_at=NOW),
    "challenge_method_is_known": lambda: challenge(method="pigeon"),
    "challenge_end_has_a_time": lambda: challenge(state="declined"),
    "challenge_approved_by_a_device": lambda: challenge(state="approved", decided_at=NOW),
    "challenge_trust_is_approved": lambda: challenge(trusted=True),
    "challenge_not_approved_by_who_asks": approved_by_itself,
    "challenge_tries_are_bounded": lambda: challenge(wrong_proofs=4),
    "challenge_number_is_a_pushs": lambda: challenge(number=42),
    "browsersignin_raised_by_a_proof": lambda: BrowserSignIn.objects.create(
        pk=uuid4(), device=a_device(), raised_at=NOW
    ),
    "challenge_lives_forward": lambda: challenge(created_at=NOW, expires_at=NOW),
    "devicesignin_state_is_known": lambda: device_sign_in(state="lost", account=account(), decided_at=NOW),
    "devicesignin_whose_once_scanned": lambda: device_sign_in(state="scanned"),
    "devicesignin_decision_has_a_time": lambda: device_sign_in(state="refused", account=account()),
    "devicesignin_approved_by_a_sign_in": lambda: device_sign_in(state="approved", account=account(), decided_at=NOW),
    "devicesignin_number_has_two_digits": lambda: device_sign_in(number=7),
    "devicesignin_lives_forward": lambda: device_sign_in(expires_at=NOW),
    "recovery_one_open_per_account": lambda: twice(recovery, ("account", account)),
    "recovery_state_is_known": lambda: recovery(state="lost", closed_at=NOW),
    "recovery_end_has_a_time": lambda: recovery(state="stopped"),
    "recovery_is_done_when_due": lambda: recovery(state="done", closed_at=NOW),
    "recovery_has_a_delay": lambda: recovery(due_at=NOW),
    "client_previous_secret_ends": lambda: client(client_secret="x", previous_secret="y"),
    "client_pairwise_has_a_sector": lambda: client(subject_type="pairwise"),
    "client_algorithms_are_known": lambda: client(id_token_signed_response_alg="none"),
    "client_suspended_by_when_suspended": lambda: client(suspended_by=client()),
    "bridge_once_per_pair": lambda: twice(bridge, ("caller", client), ("audience", client)),
    "bridge_joins_two": lambda: bridge(**dict.fromkeys(("caller", "audience"), client())),
    "profilerequest_once_per_id": lambda: twice(profile, ("authorization", authorization), request_id=uuid4()),
    "profilerequest_state_known": lambda: profile(state="lost"),
    "profilerequest_parcel_only_when_completed": lambda: profile(parcel="{}"),
    "profilerequest_end_has_a_time": lambda: profile(state="completed"),
    "revokecallback_state_is_known": lambda: revoke_callback(state="lost", finished_at=NOW),
    "revokecallback_end_has_a_time": lambda: revoke_callback(state="delivered"),
    "backchannellogout_state_is_known": lambda: logout(state="lost", finished_at=NOW),
    "backchannellogout_end_has_a_time": lambda: logout(finished_at=NOW),
    "backchannellogout_once_per_sign_in": lambda: twice(
        logout, ("client", client), ("account", account), ("sid", uuid4)
    ),
    "journalposition_is_one": lambda: JournalPosition.objects.create(pk=2),
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
    "client_type_is_known": "client_authenticates_in_one_way",
    "profilerequest_state_known": "profilerequest_end_has_a_time",
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_constraint_refuses_its_violation(name: str) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        VIOLATIONS[name]()
    if connection.vendor == "postgresql":  # SQLite names the columns of a unique index instead
        assert IMPLIED.get(name, name) in str(refused.value)


@pytest.mark.parametrize(
    "columns",
    [
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"client_type": "public"},
        SIGNING | {"client_type": "public"},
        SIGNING | {"jwks": None},
        SIGNING | {"revoke_uris": "https://shop.example/revoked"},
    ],
    ids=["no way", "unknown", "public with a secret", "public with keys", "no keys", "callbacks without a secret"],
)
def test_a_client_authenticates_in_the_way_that_fits_it(columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        client(**columns)


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
    for state in ("stopped", "stopped", "open"):
        recovery(account=one, state=state, closed_at=None if state == "open" else NOW)
    profile(state="completed", finished_at=NOW, parcel="{}")
