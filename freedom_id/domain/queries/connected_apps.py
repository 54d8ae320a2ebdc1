from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, Subquery
from django.utils import timezone

from consents.domain.purposes import purposes_named
from consents.domain.queries.answers import answers_by_scope
from consents.domain.subjects import find_subject
from consents.enums import Reason
from freedom_id.domain.rows import live_grants
from freedom_id.grants import ASKED, IDENTITY_PROVIDER
from freedom_id.models import Account, Authorization, PartnerClient, RefreshToken


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """A client that may know the person. `answered` is her answer to `identity-provider`: None for a connection that
    is older than that purpose. `last_used_at` is when it last got tokens, None when those were purged."""

    client: PartnerClient
    has_logo: bool
    grants: list[str]
    purpose_id: UUID
    answered: Reason | None
    since: datetime
    last_used_at: datetime | None


def connected_apps(account: Account) -> list[ConnectedApp]:
    """The person's live authorizations, the one that changed last first; four queries."""
    [purpose] = purposes_named([IDENTITY_PROVIDER])
    answers = answers_by_scope(find_subject(account.pk), purpose=purpose)
    now = timezone.now()
    apps = []
    for row in _live(account):
        answered, since = answers.get(row.client.client_id, (None, row.created_at))
        grants = live_grants(list(ASKED), row.grants, now)
        apps.append(ConnectedApp(row.client, row.has_logo, grants, purpose.pk, answered, since, row.last_used_at))
    return apps


def _live(account: Account) -> Any:
    tokens = RefreshToken.objects.filter(family__authorization=OuterRef("pk")).order_by("-created")
    return (
        Authorization.objects.filter(account=account, ended_at__isnull=True)
        .select_related("client")
        .defer("client__logo", "client__callback_key", "client__previous_callback_key")
        .annotate(
            last_used_at=Subquery(tokens.values("created")[:1]),
            has_logo=ExpressionWrapper(Q(client__logo__isnull=False), output_field=BooleanField()),
        )
        .order_by("-updated_at", "pk")
    )
