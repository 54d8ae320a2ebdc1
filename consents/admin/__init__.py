from consents.admin import (
    collection_point,
    erasure,
    evidence,
    purpose,
    purpose_version,
    receipt,
    reports,
    state,
    subject,
    transaction,
)

__all__ = [
    "collection_point",
    "erasure",
    "evidence",
    "purpose",
    "purpose_version",
    "receipt",
    "reports",
    "state",
    "subject",
    "transaction",
]
