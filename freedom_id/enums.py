from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    BLOCKED = "blocked", _("Blocked")
    CLOSED = "closed", _("Closed")


class ClientStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")


class CredentialType(models.TextChoices):
    MOBILE = "mobile", _("Phone number")
    EMAIL = "email", _("E-mail address")


class ProofType(models.TextChoices):
    """What a person can prove to be herself by."""

    MOBILE = "mobile", _("Phone number")
    EMAIL = "email", _("E-mail address")
    PASSWORD = "password", _("Password")
    TOTP = "totp", _("Authenticator app")
    RECOVERY = "recovery", _("Recovery codes")
    FACEBOOK = "facebook_id", _("Facebook account")
    GOOGLE = "google_id", _("Google account")
    PASSKEY = "passkey", _("Passkey")

    @property
    def kind(self) -> str:
        return "knowledge" if self is ProofType.PASSWORD else "possession"

    @property
    def source(self) -> str:
        """Who vouches for it."""
        return {ProofType.FACEBOOK: "facebook", ProofType.GOOGLE: "google"}.get(self, "user")


class NoticeKind(models.TextChoices):
    """What a person is told of without having asked."""

    ADDED = "added", _("A way to sign in was added")
    REMOVED = "removed", _("A way to sign in was removed")
    CLOSED = "closed", _("The account was closed")
    DEVICE = "device", _("Signed in on a new device")


class Gender(models.TextChoices):
    MALE = "M", _("Male")
    FEMALE = "F", _("Female")


class Channel(models.TextChoices):
    SMS = "sms", _("SMS")
    EMAIL = "email", _("E-mail")


class CodePurpose(models.TextChoices):
    """What a one-time code proves; a code for one purpose is nothing for another."""

    SIGN_IN = "sign_in", _("Sign in")
    CREDENTIAL = "credential", _("Prove a new number or address")
    STEP_UP = "step_up", _("Confirm an act")
    SIGN_UP = "sign_up", _("Open an account")


class CodeStatus(StrEnum):
    """States of a one-time code, read from its row (`OneTimeCode.status_at`).

    send ──wrong──▶ failed ──5 tries──▶ blocked
      │ ▲             │ │
      │ └───resend────┘ ├──▶ verified
      └─────────────────┴──5 min──▶ expired (also: replaced by a newer one) ──resend within 15 min──▶ send
    """

    SEND = "send"
    FAILED = "failed"
    VERIFIED = "verified"
    EXPIRED = "expired"
    BLOCKED = "blocked"


class Door(models.TextChoices):
    """Which of the house's doors a request came through; it decides names on the wire, never rights."""

    FREEDOM_ID = "freedom_id", _("Freedom ID")
    OAUTH = "oauth", _("OAuth 2.0 / OpenID Connect")


class ResponseMode(models.TextChoices):
    """How an answer comes back to a client's address."""

    QUERY = "query", "query"
    FORM_POST = "form_post", "form_post"


class EndReason(models.TextChoices):
    """Why an authorization or a token family ended."""

    WITHDRAWN = "withdrawn", _("The person withdrew the consent")
    SIGNED_OUT = "signed_out", _("The person signed out")
    REVOKED = "revoked", _("The client revoked its token")
    CODE_REPLAYED = "code_replayed", _("The authorization code was used twice")
    TOKEN_REUSED = "token_reused", _("A rotated refresh token was used again")
    CLIENT_CLOSED = "client_closed", _("The partner was closed")
    ACCOUNT_CLOSED = "account_closed", _("The account was closed")
    ACCOUNT_BLOCKED = "account_blocked", _("The account was blocked")
    DISPLACED = "displaced", _("Too many devices: the oldest was signed out")


class ProfileState(models.TextChoices):
    """States of a profile request.

    accepted ──claim──▶ running ──seal──▶ completed ──60 min──▶ (erased)
        │                  │  ▲ │                                  ▲
        │                  └──┘ └──▶ failed ──────────60 min───────┘
        └── withdrawal, 24 h ──────────▲
    A lost worker's `running` row is claimed again when its lease is over.
    """

    ACCEPTED = "accepted", _("Accepted")
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")


class CallbackState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    DELIVERED = "delivered", _("Delivered")
    DEAD = "dead", _("Given up")


class TwoStepMethod(models.TextChoices):
    """How the person is asked: a push to a trusted device, a code by e-mail, a picture that a trusted device scans."""

    NOTIFICATION = "notification", _("Push message")
    EMAIL = "email", _("Code by e-mail")
    QR = "qr", _("QR code")


class ChallengeState(models.TextChoices):
    """pending → approved | declined | expired. The third wrong proof declines."""

    PENDING = "pending", _("Pending")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")


class KeyState(models.TextChoices):
    """published (in the JWKS, not yet used) → signing → retired (still verifies); any → revoked (trusted no more)."""

    PUBLISHED = "published", _("Published")
    SIGNING = "signing", _("Signing")
    RETIRED = "retired", _("Retired")
    REVOKED = "revoked", _("Revoked")


class CustomerChannel(models.TextChoices):
    """Where a client serves the person whom it looked up."""

    MOBILE_APP = "MobileApp", _("Mobile app")
    CRM = "CRM", _("Customer service")
    KIOSK = "Kiosk", _("Kiosk")


class EventAction(models.TextChoices):
    SIGNED_IN = "account:session:started", _("Signed in")
    SIGN_IN_FAILED = "account:session:refused", _("Sign-in failed")
    SIGNED_OUT = "account:session:ended", _("Signed out")
    NEW_DEVICE = "account:device:new", _("Signed in on a new device")
    DEVICE_SIGNED_OUT = "account:device:ended", _("A device was signed out")
    DEVICE_TRUSTED = "account:device:trusted", _("A device became trusted")
    DEVICE_DISTRUSTED = "account:device:distrusted", _("A device is no longer trusted")
    TWO_STEP_APPROVED = "account:two-step:approved", _("Approved on a trusted device")
    TWO_STEP_DECLINED = "account:two-step:declined", _("Declined on a trusted device")
    OPENED = "account:status:opened", _("Account opened")
    OPENED_ALREADY = "account:status:kept", _("Asked to open an account that there was already")
    CODE_ASKED = "account:code:asked", _("A partner asked for a code for you")
    CODE_LOCKED = "account:code:locked", _("A code was locked after too many wrong tries")
    CODE_CONFIRMED = "account:code:confirmed", _("Confirmed by a code")
    BLOCKED = "account:status:blocked", _("Blocked by support")
    UNBLOCKED = "account:status:unblocked", _("Unblocked by support")
    CLOSED = "account:status:closed", _("Account closed")
    CREDENTIAL_ADDED = "account:credential:added", _("A way to sign in was added")
    CREDENTIAL_REMOVED = "account:credential:removed", _("A way to sign in was removed")
    PASSKEY_COPIED = "account:passkey:copied", _("A passkey was refused: somebody may have a copy of it")
    PERSON_CHANGED = "account:person:changed", _("Personal data changed")
    SHARED = "account:authorization:recorded", _("Agreed to share data")
    REFUSED = "account:authorization:refused", _("Refused to share data")
    STOPPED = "account:authorization:ended", _("Stopped sharing data")
    CODE_REPLAYED = "client:code:replayed", _("An authorization code was used twice; its tokens were revoked")
    TOKEN_EXCHANGED = "client:token:exchanged", _("Your sign-in was passed on")
    TOKEN_REUSED = "client:token:reused", _("An old refresh token was used again; its tokens were revoked")
    LOOKED_UP = "account:person:looked_up", _("Your name was looked up by your phone number")
