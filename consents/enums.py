"""The closed vocabularies of the app; each is also a CHECK constraint of its column."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PurposeScope(TextChoices):
    """What one consent covers: the person everywhere, or the person at one client."""

    GLOBAL = "global", _("everywhere")
    PER_CLIENT = "per_client", _("one client")


class LegalBasis(TextChoices):
    """GDPR article 6(1) and 9(2)(a)."""

    CONSENT = "consent", _("consent")
    EXPLICIT_CONSENT = "explicit_consent", _("explicit consent")
    CONTRACT = "contract", _("contract")
    LEGAL_OBLIGATION = "legal_obligation", _("legal obligation")
    LEGITIMATE_INTEREST = "legitimate_interest", _("legitimate interest")


class Mechanism(TextChoices):
    """How the answer comes about. Consent is always opt-in; a check permits nothing that nobody said yes to."""

    OPT_IN = "opt_in", _("asked, and nothing without a yes")
    OPT_OUT = "opt_out", _("done, until the person objects")
    NOTICE_ONLY = "notice_only", _("told, not asked")


class LifespanAnchor(TextChoices):
    FIRST_YES = "first_yes", _("the first yes; renewing does not prolong")
    LAST_YES = "last_yes", _("the last yes")


class ChangeKind(TextChoices):
    MATERIAL = "material", _("material: people are asked anew")
    EDITORIAL = "editorial", _("editorial")
    TRANSLATION = "translation", _("translation")


class CarryOver(TextChoices):
    """What becomes of consents to the former version."""

    NONE = "none", _("end at once")
    UNTIL_EXPIRY = "until_expiry", _("stand until they expire")
    GRACE = "grace", _("stand for a grace period")
    FULL = "full", _("stand")


#   draft -> published (a deployment);  draft -> in review -> published (two people);  in review -> draft
#   published -> superseded. Only a draft may be edited or deleted.
class VersionState(TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    PUBLISHED = "published", _("published")
    SUPERSEDED = "superseded", _("superseded")


class Channel(TextChoices):
    WEB = "web", _("web")
    MOBILE = "mobile", _("mobile app")
    API = "api", _("API")
    STAFF_ASSISTED = "staff_assisted", _("assisted by staff")
    PAPER = "paper", _("paper")
    PHONE = "phone", _("phone")
    IMPORT = "import", _("import")


class PointStatus(TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class Action(TextChoices):
    """The verb of a ledger row. A caller says allow or refuse; `renew` is an allow of what is still active."""

    ALLOW = "allow", _("allow")
    REFUSE = "refuse", _("refuse")
    WITHDRAW = "withdraw", _("withdraw")
    RENEW = "renew", _("renew")


class Counted(TextChoices):
    """What daily counts count: the verbs of the ledger, and that a page asked."""

    ASKED = "asked", _("asked")
    ALLOW = "allow", _("allow")
    REFUSE = "refuse", _("refuse")
    WITHDRAW = "withdraw", _("withdraw")
    RENEW = "renew", _("renew")


class ErasureKind(TextChoices):
    SKELETON = "skeleton", _("skeleton kept, link to the person destroyed")
    SHRED = "shred", _("everything destroyed")


class Actor(TextChoices):
    SELF = "self", _("the person")
    STAFF = "staff", _("staff")
    SYSTEM = "system", _("system")


#   none --allow--> active --renew--> renewed --renew--> renewed
#   any  --refuse--> refused,  any but none --withdraw--> withdrawn;  refused, withdrawn --allow--> active
class Status(TextChoices):
    """The stored result of a unit's last ledger row."""

    ACTIVE = "active", _("active")
    RENEWED = "renewed", _("renewed")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


# DPV counts exactly two states as valid for processing: given and renewed.
PERMITTING = frozenset({Status.ACTIVE, Status.RENEWED})


class Reason(TextChoices):
    """Why a check answers as it does. Only `active` permits; `expired` and `superseded` are never stored."""

    ACTIVE = "active", _("active")
    EXPIRED = "expired", _("expired")
    SUPERSEDED = "superseded", _("a newer version needs consent")
    WITHDRAWN = "withdrawn", _("withdrawn")
    REFUSED = "refused", _("refused")
    NONE = "none", _("never answered")
    UNKNOWN_PURPOSE = "unknown_purpose", _("unknown purpose")
