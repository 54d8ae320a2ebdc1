"""Rows that a person should look at, as a filter of their list; the admin's home counts the same ones."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from freedom_id.domain.queries import waiting
from freedom_id.models import (
    AccountErasure,
    AccountEvent,
    AuditEntry,
    BackchannelLogout,
    ErasureRequest,
    Notice,
    OneTimeCode,
    PartnerApplication,
    PartnerClient,
    ProfileRequest,
    RevokeCallback,
    SigningKey,
)

PARAMETER = "waiting"


@dataclass(frozen=True)
class Kind:
    """`rows` are those that wait, of `model`; `since` is the column of when each began to; `about` says how it is
    judged."""

    name: str
    model: type[Model]
    rows: Callable[[], QuerySet[Any]]
    since: str
    label: str | Promise
    about: str | Promise

    @property
    def permission(self) -> str:
        return f"{self.model._meta.app_label}.view_{self.model._meta.model_name}"

    @property
    def url(self) -> str:
        """The list of exactly these."""
        address = reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_changelist")
        return f"{address}?{PARAMETER}={self.name}"


APPLICATIONS = Kind(
    "review",
    PartnerApplication,
    waiting.applications_to_review,
    "state_since",
    _("Partner applications to review or to approve"),
    _("Checked by the worker, and nobody has answered; or somebody asked that the partner goes live."),
)
ERASURES = Kind(
    "waiting",
    ErasureRequest,
    waiting.erasures_to_approve,
    "asked_at",
    _("Erasures that wait for a second person"),
    _("Asked for by one privacy officer; another one approves or dismisses them."),
)
LATE_ERASURES = Kind(
    "late",
    AccountErasure,
    waiting.late_erasures,
    "not_before",
    _("Erasures that are late or were given up"),
    _("Not done an hour after the promised day, or every try failed. A legal hold makes none late."),
)
CODES = Kind(
    "undelivered",
    OneTimeCode,
    waiting.undelivered_codes,
    "created_at",
    _("Codes that did not arrive"),
    _("In 24 hours: the gateway said so, or none took the message before the code expired."),
)
NOTICES = Kind(
    "undelivered",
    Notice,
    waiting.undelivered_notices,
    "created_at",
    _("Notices that were given up"),
    _("No gateway took them for a day."),
)
REVOKE_CALLBACKS = Kind(
    "dead",
    RevokeCallback,
    waiting.dead_revoke_callbacks,
    "finished_at",
    _("Revoke callbacks that were given up"),
    _("The partner did not answer any try. They can be sent again."),
)
BACKCHANNEL_LOGOUTS = Kind(
    "dead",
    BackchannelLogout,
    waiting.dead_backchannel_logouts,
    "finished_at",
    _("Back-channel logouts that were given up"),
    _("The partner did not answer any try. They can be sent again."),
)
PROFILE_REQUESTS = Kind(
    "stuck",
    ProfileRequest,
    waiting.stuck_profile_requests,
    "created_at",
    _("Profile requests that are stuck"),
    _("Not finished ten minutes after they were made."),
)
NETWORKS = Kind(
    "network",
    AccountEvent,
    waiting.failures_by_network,
    "happened_at",
    _("Failed sign-ins from one network address"),
    _("In 24 hours 20 or more from the same address."),
)
ACCOUNTS = Kind(
    "account",
    AccountEvent,
    waiting.failures_by_account,
    "happened_at",
    _("Failed sign-ins at one account"),
    _("In 24 hours 10 or more at the same account, which is not blocked."),
)
NEW_DEVICES = Kind(
    "device",
    AccountEvent,
    waiting.devices_after_failures,
    "happened_at",
    _("New devices after failed sign-ins"),
    _("In 24 hours, after 3 or more failures at the account within the hour before; it is not blocked."),
)
SECRETS = Kind(
    "ending",
    PartnerClient,
    waiting.ending_secrets,
    "previous_secret_expires_at",
    _("Former secrets of partners that end soon"),
    _("Within two days. A partner that still uses the former one stops working then."),
)
SIGNING_KEYS = Kind(
    "overdue",
    SigningKey,
    waiting.overdue_signing_keys,
    "activated_at",
    _("Signing keys that were not replaced in time"),
    _("Two days later than the worker should have done it."),
)
AUDIT = Kind(
    "unsigned",
    AuditEntry,
    waiting.unsigned_audit_entries,
    "recorded_at",
    _("Audit entries without a checkpoint"),
    _("Two hours after they were written; the worker signs the newest entry every hour."),
)
KINDS = (
    *(APPLICATIONS, ERASURES, LATE_ERASURES),
    *(CODES, NOTICES, REVOKE_CALLBACKS, BACKCHANNEL_LOGOUTS, PROFILE_REQUESTS, NETWORKS, ACCOUNTS, NEW_DEVICES),
    *(SECRETS, SIGNING_KEYS, AUDIT),
)


class WaitingFilter(SimpleListFilter):
    """Offers what KINDS says of the model of the list."""

    title = _("Needs a person")
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, Any]]:
        return [(kind.name, kind.label) for kind in KINDS if kind.model is model_admin.model]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = [kind for kind in KINDS if kind.model is queryset.model and kind.name == self.value()]
        return queryset.filter(pk__in=chosen[0].rows().values("pk")) if chosen else queryset
