"""The person withdraws one of her consents at her own pages, whoever asked for it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from consents.domain.recording import withdraw_consents
from consents.domain.subjects import subject_for_account
from consents.enums import Actor
from freedom_id.domain.authorizations import stop_sharing
from freedom_id.domain.events import record_event
from freedom_id.enums import EventAction
from freedom_id.grants import IDENTITY_PROVIDER
from freedom_id.models import Account, Authorization, PartnerClient


def withdraw_own_consent(
    account: Account, *, name: str, scope_key: str, ip: str, evidence: Mapping[str, Any] | None = None
) -> None:
    """Withdraw the purpose `name` under exactly `scope_key`. What a connected app lives by is stopped as on the page of
    the app: all of it, when the app cannot serve without it. One that was never answered changes nothing."""
    live = Authorization.objects.select_related("client").filter(account=account, client__client_id=scope_key)
    connection = live.filter(ended_at__isnull=True).first()
    if connection and name in {IDENTITY_PROVIDER, *connection.grants}:
        grants = None if name == IDENTITY_PROVIDER else [name]
        stop_sharing(account, connection, grants=grants, ip=ip, evidence=evidence)
        return
    with transaction.atomic():
        subject = subject_for_account(account)
        rows = withdraw_consents(subject, names=[name], scope_key=scope_key, actor=Actor.SELF, evidence=evidence)
        if rows:
            client = PartnerClient.objects.only("pk").filter(client_id=scope_key).first()
            record_event(account, EventAction.CONSENT_WITHDRAWN, client=client, ip=ip)
