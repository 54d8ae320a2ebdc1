"""What the rows of a period can prove about themselves. Every figure but the first should be 0.

Definitions, as on the page, per channel of the collection point ("" is none: withdrawals):
- no notice token: an answer that no signed page brought. Rows of a page's channel should have one.
- no evidence: nothing is kept of how the row came about.
- evidence destroyed: the row commits to evidence that is gone, or whose key is.
- text missing: no published text has the row's version, language and digest.
"""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce

from consents.domain.reports.part import Part
from consents.enums import Action
from consents.models import Evidence, PurposeText


@dataclass(frozen=True)
class EvidenceHealth:
    channel: str
    rows: int
    no_notice_token: int
    no_evidence: int
    evidence_destroyed: int
    text_missing: int


def evidence_health(part: Part) -> list[EvidenceHealth]:
    """By channel. One query over the part's rows of the ledger, by the index of the moment: no counter knows this."""
    kept = Evidence.objects.filter(pk=OuterRef("evidence_id"), subject__key__isnull=False)
    words = PurposeText.objects.filter(
        version=OuterRef("purpose_version"), locale=OuterRef("locale"), sha256=OuterRef("text_sha256")
    )
    rows = part.ledger().annotate(
        channel=Coalesce("collection_point__channel", Value("")), kept=Exists(kept), worded=Exists(words)
    )
    answered = ~Q(action=Action.WITHDRAW)
    found = rows.values_list("channel").annotate(
        rows=Count("pk"),
        no_notice_token=Count("pk", filter=Q(notice_token_id=None) & answered),
        no_evidence=Count("pk", filter=Q(evidence_id=None)),
        evidence_destroyed=Count("pk", filter=Q(evidence_id__isnull=False, kept=False)),
        text_missing=Count("pk", filter=Q(worded=False)),
    )
    return [EvidenceHealth(*row) for row in found.order_by("channel")]
