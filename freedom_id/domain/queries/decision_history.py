"""The person's decisions for herself, to keep and to take elsewhere (GDPR articles 15 and 20)."""

from typing import Any

from django.utils import timezone

from consents.domain.parties import party_name
from consents.domain.queries.history import history_with_words
from consents.domain.subjects import find_subject
from freedom_id.models import Account, PartnerClient


def decision_history(account: Account) -> dict[str, Any]:
    """Every consent, refusal and withdrawal with the words that it was about, newest first, as plain values; times are
    UTC. Four queries."""
    subject = find_subject(account.pk)
    rows = history_with_words(subject) if subject else []
    keys = {row.scope_key for row, _text in rows}
    names: dict[str, str] = dict(PartnerClient.objects.filter(client_id__in=keys).values_list("client_id", "name"))
    return {
        "made_at": timezone.now(),
        "decisions": [
            {
                "action": row.action,
                "decided_at": row.occurred_at,
                "recorded_at": row.recorded_at,
                "valid_until": row.expires_at,
                "decided_by": row.actor,
                "recipient": row.scope_key,
                "recipient_name": names.get(row.scope_key) or party_name(row.scope_key),
                "purpose": row.purpose.name,
                "version": row.purpose_version.number,
                "language": row.locale,
                "title": text.title,
                "text": text.text,
                "consequence": text.consequence,
                "withdrawal": text.withdrawal,
                "text_sha256": row.text_sha256,
                "receipt": row.receipt_id,
            }
            for row, text in rows
        ],
    }
