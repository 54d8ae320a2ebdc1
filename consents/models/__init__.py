from consents.models.answered_key import AnsweredKey
from consents.models.append_only import AppendOnly
from consents.models.collection_point import CollectionPoint, PinnedVersion
from consents.models.daily_count import DailyCount, Reports
from consents.models.erasure import Erasure
from consents.models.evidence import Evidence, EvidenceAccess, SubjectKey
from consents.models.ledger_verification import LedgerVerification
from consents.models.purpose import Purpose, PurposeText, PurposeVersion
from consents.models.receipt import Receipt
from consents.models.state import ConsentState
from consents.models.subject import Subject
from consents.models.transaction import ConsentTransaction

__all__ = [
    "AnsweredKey",
    "AppendOnly",
    "CollectionPoint",
    "ConsentState",
    "ConsentTransaction",
    "DailyCount",
    "Erasure",
    "Evidence",
    "EvidenceAccess",
    "LedgerVerification",
    "PinnedVersion",
    "Purpose",
    "PurposeText",
    "PurposeVersion",
    "Receipt",
    "Reports",
    "Subject",
    "SubjectKey",
]
