from freedom_id.models.account import Account
from freedom_id.models.allowance import Allowance
from freedom_id.models.authenticator import Authenticator, RecoveryCode
from freedom_id.models.authorization import Authorization, TokenFamily
from freedom_id.models.authorization_request import AuthorizationRequest
from freedom_id.models.bridge_policy import BridgePolicy
from freedom_id.models.credential import Credential
from freedom_id.models.device import BrowserSignIn, Device
from freedom_id.models.event import AccountEvent
from freedom_id.models.federated_id import FederatedId
from freedom_id.models.notice import Notice
from freedom_id.models.number_reference import NumberReference
from freedom_id.models.one_time_code import OneTimeCode
from freedom_id.models.partner_client import PartnerClient
from freedom_id.models.passkey import Passkey, PasskeyChallenge
from freedom_id.models.profile_request import ProfileRequest
from freedom_id.models.revoke_callback import RevokeCallback
from freedom_id.models.sign_up import SignUp
from freedom_id.models.signing_key import SigningKey
from freedom_id.models.tokens import AccessToken, DeviceGrant, Grant, IDToken, RefreshToken
from freedom_id.models.two_step_challenge import TwoStepChallenge

__all__ = [
    "AccessToken",
    "Account",
    "AccountEvent",
    "Allowance",
    "Authenticator",
    "Authorization",
    "AuthorizationRequest",
    "BridgePolicy",
    "BrowserSignIn",
    "Credential",
    "Device",
    "DeviceGrant",
    "FederatedId",
    "Grant",
    "IDToken",
    "Notice",
    "NumberReference",
    "OneTimeCode",
    "PartnerClient",
    "Passkey",
    "PasskeyChallenge",
    "ProfileRequest",
    "RecoveryCode",
    "RefreshToken",
    "RevokeCallback",
    "SignUp",
    "SigningKey",
    "TokenFamily",
    "TwoStepChallenge",
]
