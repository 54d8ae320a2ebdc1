from consents.admin import (
    collection_point,
    erasure,
    evidence,
    purpose,
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
    "receipt",
    "reports",
    "state",
    "subject",
    "transaction",
]
