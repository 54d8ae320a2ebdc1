"""A ledger of any length, chained, counted and with states, for measuring what walks over all of it."""

from django.utils import timezone

from consents.domain.collection_points import open_collection_point
from consents.domain.counts import count_decisions
from consents.domain.purposes import NoticeText, publish_purpose
from consents.domain.state import apply_transaction
from consents.ledger_chain import row_hash
from consents.models import ConsentState, ConsentTransaction, PurposeText, Subject

PURPOSES = 5
ROWS_EACH = 10


def make_ledger(rows: int) -> None:
    """`rows` rows, ten of each person: a yes and a renewal of five purposes."""
    names = [f"purpose-{number}" for number in range(PURPOSES)]
    for name in names:
        publish_purpose(name, scope="per_client", texts={"en": NoticeText(name, "To measure.", "Nothing.")})
    point = open_collection_point(name="bench", recipient="bench", channel="web", purposes=names)
    texts = list(PurposeText.objects.filter(version__purpose__name__in=names).select_related("version__purpose"))
    for _batch in range(rows // ROWS_EACH // 500):
        _append_for(Subject.objects.bulk_create([Subject() for _person in range(500)]), point, texts)


def _append_for(subjects, point, texts) -> None:
    now = timezone.now()
    ledger, states = [], {}
    for subject in subjects:
        for place in range(ROWS_EACH):
            text = texts[place % PURPOSES]
            row = ConsentTransaction(
                subject=subject,
                purpose=text.version.purpose,
                purpose_version=text.version,
                text_sha256=text.sha256,
                locale=text.locale,
                scope_key="bench",
                collection_point=point,
                collection_point_version=point.version,
                action="allow" if place < PURPOSES else "renew",
                actor="self",
                occurred_at=now,
                recorded_at=now,
                subject_seq=place // PURPOSES + 1,
                epoch=place + 1,
            )
            row.row_hash = subject.head = row_hash(row, subject.head)
            unit = (subject.pk, row.purpose_id)
            states[unit] = apply_transaction(row, states.get(unit))
            ledger.append(row)
        subject.epoch = ROWS_EACH
    ConsentTransaction.objects.bulk_create(ledger)
    ConsentState.objects.bulk_create(states.values())
    Subject.objects.bulk_update(subjects, ["epoch", "head"])
    count_decisions(ledger)
