"""What waits for the second person."""

from django.db.models import QuerySet

from consents.enums import VersionState
from consents.models import PurposeVersion


def versions_in_review() -> QuerySet[PurposeVersion]:
    """Submitted, and neither published nor sent back."""
    return PurposeVersion.objects.filter(state=VersionState.IN_REVIEW)
