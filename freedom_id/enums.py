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


class ClientAuthentication(models.TextChoices):
    """How a client authenticates (OIDC Core §9): in one way, which is registered."""

    SECRET = "client_secret", _("A secret")
    PRIVATE_KEY_JWT = "private_key_jwt", _("A signed assertion (private_key_jwt)")
    NONE = "none", _("Not at all (public)")


class AccessTokenFormat(models.TextChoices):
    """How the access tokens of the standard door look; their worth is in their row either way."""

    JWT = "jwt", _("JWT")
    OPAQUE = "opaque", _("Opaque")


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
    COPIED = "copied", _("A copy of everything was taken")
    COPY_READY = "ready", _("A copy of everything is ready")
    DEVICE = "device", _("Signed in on a new device")
    OPENED = "opened", _("The account was opened")
    REFUSED = "refused", _("A sign-in on another device was refused")
    RECOVERY = "recovery", _("A lost app will be removed")
    KEPT = "kept", _("A lost app is not removed")
    CONNECTED = "connect", _("Shared with a partner for the first time")
    CHANGED = "changed", _("Your personal data was changed")
    BLOCKED = "blocked", _("The account was blocked")
    ERASED = "erased", _("The account will be erased")


class Theme(models.TextChoices):
    """How the pages look in one browser."""

    SYSTEM = "system", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


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
    RECOVERY = "recovery", _("Remove a lost app")


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


class SubjectType(models.TextChoices):
    """What a client's `sub` is (OpenID Connect Core §8)."""

    PUBLIC = "public", _("The Freedom ID")
    PAIRWISE = "pairwise", _("An id of its own")


class SigningAlgorithm(models.TextChoices):
    """By which a client wants its tokens signed (RFC 7518 §3.1)."""

    ES256 = "ES256", "ES256"
    RS256 = "RS256", "RS256"


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
    EXPIRED = "expired", _("The time that the person chose was over")
    DISPLACED = "displaced", _("Too many devices: the oldest was signed out")


class Duration(models.TextChoices):
    """How long a person shares; never longer than the purpose allows."""

    ONCE = "once", _("Just this once")
    MONTH = "month", _("For 30 days")
    UNTIL_STOPPED = "until_stopped", _("Until I stop it")


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


class UseKind(models.TextChoices):
    """What a client did with a person's data, as she is told."""

    SIGNED_IN = "signed_in", _("You signed in there")
    READ = "read", _("It read your data")
    PROFILE = "profile", _("It received your full profile")


class CopyState(models.TextChoices):
    """States of a copy of everything.

    waiting ──claim──▶ working ──seal──▶ ready ──7 days──▶ expired
       │                 │  ▲ └──10 tries──▶ failed ──▲      ▲
       │                 └──┘                  7 days ┘      │
       └─────────────────────── 7 days ──────────────────────┘
    A lost worker's `working` row is claimed again when its lease is over.
    """

    WAITING = "waiting", _("Waiting")
    WORKING = "working", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")


class CallbackState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    DELIVERED = "delivered", _("Delivered")
    DEAD = "dead", _("Given up")


class QueueAct(models.TextChoices):
    """What staff may do with rows of a work queue: try what waits at once, give it up, begin anew what is over."""

    RETRY = "retry", _("Try now")
    CANCEL = "cancel", _("Call off")
    REPLAY = "replay", _("Send again")


class QueueState(models.TextChoices):
    """Where a row of a work queue stands, in the words that all queues share; OPEN is what may need somebody."""

    OPEN = "open", _("Waiting or given up")
    WAITING = "waiting", _("Waiting")
    GIVEN_UP = "given_up", _("Given up")
    DONE = "done", _("Done")


class RowOutcome(models.TextChoices):
    """What came of a row in a bulk act; refused: its state did not allow the act."""

    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")


class BulkState(models.TextChoices):
    """States of an act on many rows.

    waiting ──claim──▶ running ──no row is left──▶ completed
       │                 │  ▲ └──10 tries without a row──▶ failed
       │                 └──┘ a lost worker's lease is over
       └── by staff ──▶ cancelled
    """

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Called off")
    FAILED = "failed", _("Failed")


class ExportKind(models.TextChoices):
    AUDIT = "audit", _("Audit")
    LEDGER = "ledger", _("Consent ledger")
    ACCOUNTS = "accounts", _("States of accounts")
    PARTNERS = "partners", _("Partners")
    PROFILES = "profile_requests", _("Profile requests")
    REPORT = "report", _("Report")


class ExportForm(models.TextChoices):
    CSV = "csv", _("CSV, for spreadsheets")
    JSONL = "jsonl", _("JSON Lines")


class ExportState(models.TextChoices):
    """States of an export.

    waiting ──claim──▶ working ──the last part──▶ ready ──24 h──▶ expired
       │                 │  ▲ └──10 tries without a part──▶ failed
       │                 └──┘ a lost worker's lease is over
       └──────── 24 h ──▶ expired

    A table that is counted already is ready from the beginning.
    """

    WAITING = "waiting", _("Waiting")
    WORKING = "working", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")


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


class DeviceSignInState(models.TextChoices):
    """States of a browser that a phone is to sign in.

    waiting ──scan──▶ scanned ──right number──▶ approved ──by the browser that asked──▶ spent
                         └──wrong number, "not me"──▶ refused
    Three minutes after it began it is over in whatever state, and `spent` alone did anything.
    """

    WAITING = "waiting", _("Waiting")
    SCANNED = "scanned", _("Scanned")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    SPENT = "spent", _("Used")


class RecoveryState(models.TextChoices):
    """open → done (by the worker, after the delay) | stopped (by the person, or by what shows that she has the app)."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")


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
    DEVICE_APPROVED = "account:device:approved", _("Approved a sign-in on another device")
    DEVICE_REFUSED = "account:device:refused", _("Refused a sign-in on another device")
    RECOVERY_OPENED = "account:recovery:opened", _("Asked to remove a lost app")
    RECOVERY_STOPPED = "account:recovery:stopped", _("The removal of a lost app was stopped")
    RECOVERY_DONE = "account:recovery:done", _("A lost app was removed")
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
    CREDENTIAL_MAIN = "account:credential:main", _("Another number or address became the main one")
    CONSENT_WITHDRAWN = "account:consent:withdrawn", _("Withdrew a consent")
    REQUEST_CANCELLED = "account:profile:cancelled", _("Cancelled a request for the full profile")
    COPY_ASKED = "account:data:asked", _("A copy of your data was asked for")
    COPIED = "account:data:copied", _("A copy of your data was taken")
    SHARED = "account:authorization:recorded", _("Agreed to share data")
    REFUSED = "account:authorization:refused", _("Refused to share data")
    STOPPED = "account:authorization:ended", _("Stopped sharing data")
    CODE_REPLAYED = "client:code:replayed", _("An authorization code was used twice; its tokens were revoked")
    TOKEN_EXCHANGED = "client:token:exchanged", _("Your sign-in was passed on")
    TOKEN_REUSED = "client:token:reused", _("An old refresh token was used again; its tokens were revoked")
    SIGNED_OUT_BY_STAFF = "account:session:closed", _("Signed out by support")
    LOOKED_UP = "account:person:looked_up", _("Your name was looked up by your phone number")


class ClientStage(models.TextChoices):
    """sandbox → live. Whom a client may meet: its own test persons, or everybody else."""

    SANDBOX = "sandbox", _("Sandbox")
    LIVE = "live", _("Live")


class ApplicationState(models.TextChoices):
    """States of a partner's application.

    draft ──sent──▶ checking ──by the worker──▶ in review ──accepted──▶ sandbox ──by a second person──▶ live
                       ▲                          │   └────refused────▶ refused
                       └──sent── changes asked ◀──┘
    """

    DRAFT = "draft", _("Draft")
    CHECKING = "checking", _("Being checked")
    IN_REVIEW = "in_review", _("In review")
    CHANGES_ASKED = "changes", _("Changes asked for")
    SANDBOX = "sandbox", _("Sandbox")
    LIVE = "live", _("Live")
    REFUSED = "refused", _("Refused")


class CheckResult(models.TextChoices):
    PASSED = "passed", _("Passed")
    WARNED = "warned", _("Look at this")
    FAILED = "failed", _("Failed")


class Platform(models.TextChoices):
    WEB = "web", _("Web site")
    ANDROID = "android", _("Android app")
    IOS = "ios", _("iOS app")


class PartnerMessageKind(models.TextChoices):
    """What the contact of an application is told, by mail."""

    BEGUN = "begun", _("The link to an application")
    RECEIVED = "received", _("An application was received")
    CHANGES_ASKED = "changes", _("Changes are asked for")
    REFUSED = "refused", _("An application was refused")
    SANDBOX = "sandbox", _("Accepted, for the sandbox")
    LIVE = "live", _("Gone live")
    NEW_SECRET = "secret", _("A link to a new secret")
    SUSPENDED = "suspended", _("A partner was suspended")
    RESUMED = "resumed", _("A partner works again")
    CLOSED = "closed", _("A partner was closed")


class SignInFailure(models.TextChoices):
    """Why a sign-in failed, as its line in the journal says; never with what was typed."""

    WRONG_PASSWORD = "password", _("Wrong password")
    NO_PASSWORD = "no-password", _("There is no password")
    WRONG_CODE = "code", _("Wrong code")
    CODE_OVER = "code-over", _("The code was used, replaced or too old")
    CODES_OFF = "codes-off", _("Codes are off after too many wrong ones")
    WRONG_SECOND_FACTOR = "second", _("Wrong second factor")
    WRONG_PASSKEY = "passkey", _("The passkey was refused")
    NOT_ACTIVE = "not-active", _("The account is blocked or closed")
    LIMITED = "limited", _("Too many failures: tries were refused for a while")


class RequestOutcome(models.TextChoices):
    """How an authorization request was decided."""

    ALLOWED = "allowed", _("Agreed")
    STOOD = "stood", _("Answered by an earlier consent")
    REFUSED = "refused", _("Refused by the person")


class ErasureState(models.TextChoices):
    """waiting → approved (by another member of staff) | dismissed."""

    WAITING = "waiting", _("Waiting for a second person")
    APPROVED = "approved", _("Approved")
    DISMISSED = "dismissed", _("Dismissed")


class ErasureOrigin(models.TextChoices):
    """Who closed the account that is to be erased."""

    PERSON = "person", _("The person")
    STAFF = "staff", _("Staff")
    RESTORE = "restore", _("Again, after a restore")


class AccountErasureState(models.TextChoices):
    """States of a closed account on its way to be erased.

    waiting ──the promised day, erased──▶ done
      │  ▲ └──6 tries──▶ given up
      │  └──by staff──────┘
      └──▶ a legal hold puts it off by a day, as often as it stands; a lost worker's lease is over
    """

    WAITING = "waiting", _("Waiting")
    GIVEN_UP = "given_up", _("Could not be erased")
    DONE = "done", _("Erased")


class AuditAction(models.TextChoices):
    """What staff, or a command, did."""

    READ = "read", _("Read")
    ADDED = "added", _("Added")
    CHANGED = "changed", _("Changed")
    DELETED = "deleted", _("Deleted")
    EXPORTED = "exported", _("Exported")
    STAFF_SIGNED_IN = "staff:signed_in", _("Staff signed in")
    STAFF_SIGNED_OUT = "staff:signed_out", _("Staff signed out")
    STAFF_REFUSED = "staff:refused", _("Staff sign-in failed")
    STAFF_MADE = "staff:made", _("Staff account made")
    BLOCKED = "account:blocked", _("Account blocked")
    UNBLOCKED = "account:unblocked", _("Account unblocked")
    PASSWORD_SET = "account:password_set", _("Password set")
    ERASED = "account:erased", _("Person erased")
    SECRET_MADE = "partner:secret_made", _("New secret made")
    SECRET_ENDED = "partner:secret_ended", _("Former secret ended")
    SECRET_SHOWN = "partner:secret_shown", _("New secret shown")
    KEY_SHOWN = "partner:key_shown", _("Key of a partner shown")
    SUSPENDED = "partner:suspended", _("Partner suspended")
    RESUMED = "partner:resumed", _("Partner resumed")
    CLOSED = "partner:closed", _("Partner closed")
    POINTS_OPENED = "partner:points_opened", _("Collection points opened")
    SENT_AGAIN = "callback:sent_again", _("Callback sent again")
    KEYS_ROTATED = "keys:rotated", _("Signing keys rotated")
    KEY_REVOKED = "keys:revoked", _("Signing key revoked")
    RESEALED = "keys:resealed", _("Values sealed anew")
    DRAFTED = "purpose:drafted", _("Version drafted")
    SUBMITTED = "purpose:submitted", _("Version submitted for review")
    SENT_BACK = "purpose:sent_back", _("Version sent back")
    PUBLISHED = "purpose:published", _("Version published")
    RETIRED = "purpose:retired", _("Purpose retired")
    KEPT = "purpose:kept", _("Purpose kept")
    HELD = "person:hold", _("Legal hold changed")
    CONSENT_ENTERED = "person:consent_entered", _("Consent entered for a person")
    CONSENT_WITHDRAWN = "person:consent_withdrawn", _("Consent withdrawn for a person")
    EVIDENCE_OPENED = "evidence:opened", _("Evidence opened")
    PURGED = "upkeep:purged", _("What is past its time erased")
    REBUILT = "upkeep:rebuilt", _("Consent states rebuilt")
    JOURNAL_REPLAYED = "upkeep:replayed", _("Restore journal replayed")
    PERSON_COPIED = "account:copied", _("Copy of everything made for a person")
    APPLICATION_NOTED = "application:noted", _("Application commented")
    CHANGES_ASKED = "application:changes_asked", _("Changes of an application asked for")
    APPLICATION_REFUSED = "application:refused", _("Application refused")
    APPLICATION_ACCEPTED = "application:accepted", _("Application accepted")
    LIVE_ASKED = "application:live_asked", _("Going live asked for")
    LIVE_KEPT_BACK = "application:live_kept_back", _("Going live not approved")
    LIVE_APPROVED = "application:live_approved", _("Going live approved")
    SECRET_LINK_SENT = "application:secret_link_sent", _("Link to a new secret sent")
    UNMASKED = "person:unmasked", _("A value was shown")
    NOTED = "person:noted", _("Note written")
    SIGNED_OUT = "account:signed_out", _("Signed out by staff")
    FACTOR_REMOVAL = "account:factor_removal", _("Removal of a lost app opened")
    COPY_ASKED = "account:copy_asked", _("Copy for the person asked for")
    ERASURE_ASKED = "account:erasure_asked", _("Erasure asked for")
    ERASURE_APPROVED = "account:erasure_approved", _("Erasure approved")
    ERASURE_DISMISSED = "account:erasure_dismissed", _("Erasure dismissed")
    NAMES_INDEXED = "people:names_indexed", _("Names made searchable")
    RETRIED = "queue:retried", _("Waiting work tried at once")
    CALLED_OFF = "queue:called_off", _("Waiting work called off")
    REPLAYED = "queue:replayed", _("Finished work begun anew")
    BULK_BEGUN = "bulk:begun", _("Act on many rows begun")
    BULK_ENDED = "bulk:ended", _("Act on many rows ended")
    DOWNLOADED = "export:downloaded", _("Export downloaded")


# What the person is told of in her journal.
READINGS = frozenset({AuditAction.READ, AuditAction.EVIDENCE_OPENED, AuditAction.PERSON_COPIED, AuditAction.UNMASKED})


class SignInMethod(models.TextChoices):
    """What a person first showed at a sign-in; a second factor came on top of it."""

    PASSWORD = "password", _("Password")
    SMS = "sms", _("Code by SMS")
    EMAIL = "email", _("Code by e-mail")
    PASSKEY = "passkey", _("Passkey")
    DEVICE = "device", _("Another device")


class RequestStage(models.TextChoices):
    """How far a partner's request came."""

    OPENED = "opened", _("Began")
    SIGNED_IN = "signed_in", _("Signed in")
    ALLOWED = "allowed", _("Agreed")
    REFUSED = "refused", _("Refused")


class Delivery(models.TextChoices):
    """What became of the message with a code, as its row says."""

    DELIVERED = "delivered", _("Delivered")
    SENT = "sent", _("Sent, no report")
    UNDELIVERED = "undelivered", _("Not delivered")
    UNSENT = "unsent", _("Never sent")
    WAITING = "waiting", _("Waiting")


class Usage(models.TextChoices):
    """What is counted by day, partner, label, outcome, country and language."""

    REQUEST = "request", _("Requests")  # label: the door; outcome: RequestStage
    TOKENS = "tokens", _("Tokens")
    PROFILE = "profile", _("Profile requests")  # outcome: ProfileState
    CODE = "code", _("One-time codes")  # label: Channel; outcome: Delivery
    ERROR = "error", _("Errors")  # label: ApiDoor; outcome: the code of the error


class ApiDoor(models.TextChoices):
    """Where an error was answered."""

    FREEDOM_ID = "freedom_id", _("Freedom ID")
    IDENTITY = "identity", _("Identity")
    OAUTH = "oauth", _("OAuth 2.0 / OpenID Connect")
    CONSENTS = "consents", _("Checks of consents")


class JournalKind(StrEnum):
    """What the restore journal tells of; the words stand in files that outlive a release, so none is ever changed."""

    ACCOUNT_BLOCKED = "account_blocked"
    ACCOUNT_UNBLOCKED = "account_unblocked"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_ERASED = "account_erased"
    PASSWORD_ENDED = "password_ended"
    CREDENTIAL_REMOVED = "credential_removed"
    STAFF_RIGHTS = "staff_rights"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    AUTHORIZATION_ENDED = "authorization_ended"
    SUBJECT_ERASED = "subject_erased"
    CLIENT_SUSPENDED = "client_suspended"
    CLIENT_RESUMED = "client_resumed"
    CLIENT_CLOSED = "client_closed"
    SECRETS_ENDED = "secrets_ended"
    SIGNING_KEY_REVOKED = "signing_key_revoked"
    CLIENT_NARROWED = "client_narrowed"
