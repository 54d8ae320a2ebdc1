from freedom_id.models.account import Account
from freedom_id.models.account_erasure import AccountErasure
from freedom_id.models.account_note import AccountNote
from freedom_id.models.allowance import Allowance
from freedom_id.models.audit_entry import AuditCheckpoint, AuditEntry
from freedom_id.models.authenticator import Authenticator, RecoveryCode
from freedom_id.models.authorization import Authorization, TokenFamily
from freedom_id.models.authorization_request import AuthorizationRequest
from freedom_id.models.backchannel_logout import BackchannelLogout
from freedom_id.models.bridge_policy import BridgePolicy
from freedom_id.models.bulk_act import BulkAct, BulkActRow
from freedom_id.models.credential import Credential
from freedom_id.models.device import BrowserSignIn, Device
from freedom_id.models.device_secret import DeviceSecret
from freedom_id.models.device_sign_in import DeviceSignIn
from freedom_id.models.erasure_request import ErasureRequest
from freedom_id.models.event import AccountEvent
from freedom_id.models.factor_recovery import FactorRecovery
from freedom_id.models.federated_id import FederatedId
from freedom_id.models.notice import Notice
from freedom_id.models.number_reference import NumberReference
from freedom_id.models.one_time_code import OneTimeCode
from freedom_id.models.partner_application import ApplicationCheck, ApplicationComment, PartnerApplication
from freedom_id.models.partner_client import PartnerClient
from freedom_id.models.partner_message import PartnerMessage
from freedom_id.models.passkey import Passkey, PasskeyChallenge
from freedom_id.models.personal_copy import PersonalCopy
from freedom_id.models.profile_request import ProfileRequest
from freedom_id.models.restore_journal import JournalLine, JournalPosition
from freedom_id.models.revoke_callback import RevokeCallback
from freedom_id.models.sandbox_person import SandboxPerson
from freedom_id.models.secret_handover import SecretHandover
from freedom_id.models.sign_up import SignUp
from freedom_id.models.signing_key import SigningKey
from freedom_id.models.spent_assertion import SpentAssertion
from freedom_id.models.staff_export import ExportPart, StaffExport
from freedom_id.models.tokens import AccessToken, DeviceGrant, Grant, IDToken, RefreshToken
from freedom_id.models.two_step_challenge import TwoStepChallenge
from freedom_id.models.usage_count import UsageCount

__all__ = [
    "AccessToken",
    "Account",
    "AccountErasure",
    "AccountEvent",
    "AccountNote",
    "Allowance",
    "ApplicationCheck",
    "ApplicationComment",
    "AuditCheckpoint",
    "AuditEntry",
    "Authenticator",
    "Authorization",
    "AuthorizationRequest",
    "BackchannelLogout",
    "BridgePolicy",
    "BrowserSignIn",
    "BulkAct",
    "BulkActRow",
    "Credential",
    "Device",
    "DeviceGrant",
    "DeviceSecret",
    "DeviceSignIn",
    "ErasureRequest",
    "ExportPart",
    "FactorRecovery",
    "FederatedId",
    "Grant",
    "IDToken",
    "JournalLine",
    "JournalPosition",
    "Notice",
    "NumberReference",
    "OneTimeCode",
    "PartnerApplication",
    "PartnerClient",
    "PartnerMessage",
    "Passkey",
    "PasskeyChallenge",
    "PersonalCopy",
    "ProfileRequest",
    "RecoveryCode",
    "RefreshToken",
    "RevokeCallback",
    "SandboxPerson",
    "SecretHandover",
    "SignUp",
    "SigningKey",
    "SpentAssertion",
    "StaffExport",
    "TokenFamily",
    "TwoStepChallenge",
    "UsageCount",
]
