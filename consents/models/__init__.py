from consents.models.collection_point import CollectionPoint
from consents.models.purpose import Purpose, PurposeText, PurposeVersion
from consents.models.receipt import Receipt
from consents.models.state import ConsentState
from consents.models.subject import Subject
from consents.models.transaction import ConsentTransaction

__all__ = [
    "CollectionPoint",
    "ConsentState",
    "ConsentTransaction",
    "Purpose",
    "PurposeText",
    "PurposeVersion",
    "Receipt",
    "Subject",
]
