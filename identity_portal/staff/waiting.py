"""What needs a person now: the first thing on the admin's home. A line is shown to whoever may see its rows, and only
while there are any."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from django.contrib.auth.models import PermissionsMixin
from django.core.cache import cache
from django.db.models import Count, Max, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consents.domain.queries.reviews import versions_in_review
from consents.domain.reports.evidence_health import evidence_health
from consents.domain.reports.part import Part
from consents.domain.verification.recorded import last_verification
from freedom_id.admin import waiting
from freedom_id.enums import AuditAction
from freedom_id.models import AuditEntry
from identity_portal.readiness import LONGEST_UNVERIFIED

REPORTS = "consents.view_dailycount"
EVIDENCE_DAYS = 7
EVIDENCE_KEPT_SECONDS = 60
Found = tuple[int, datetime | None]
"""How many, and since when the oldest of them; None where that is not known."""


@dataclass(frozen=True)
class Line:
    """Who has `permission` sees how many `found` says, and the list at `url`; `about` is how it is judged."""

    label: str | Promise
    about: str | Promise
    permission: str
    url: Callable[[], str]
    found: Callable[[], Found]


@dataclass(frozen=True)
class Waiting:
    """A line of which there is something; where it lies ahead, `since` is when it will be."""

    line: Line
    number: int
    since: datetime | None

    @property
    def lies_ahead(self) -> bool:
        return self.since is not None and self.since > timezone.now()


def what_waits(user: PermissionsMixin) -> Iterator[Waiting]:
    """In the order of LINES, what this member of staff may see. A statement for each line that she may see, and one
    more where versions are in review."""
    for line in LINES:
        if user.has_perm(line.permission):
            number, since = line.found()
            if number:
                yield Waiting(line, number, since)


def _listed(kind: waiting.Kind) -> Line:
    return Line(kind.label, kind.about, kind.permission, lambda: kind.url, partial(_counted, kind))


def _counted(kind: waiting.Kind) -> Found:
    found = kind.rows().order_by().aggregate(number=Count("pk"), since=Min(kind.since))
    return found["number"], found["since"]


def _reviews() -> Found:
    """Since when is in the audit: when each was submitted last."""
    keys = [str(pk) for pk in versions_in_review().values_list("pk", flat=True)]
    if not keys:
        return 0, None
    submitted = AuditEntry.objects.filter(
        action=AuditAction.SUBMITTED, object_type="consents.purposeversion", object_key__in=keys
    )
    last = submitted.order_by().values("object_key").annotate(at=Max("recorded_at")).values_list("at", flat=True)
    return len(keys), min(last, default=None)


def _unsound_ledger() -> Found:
    last = last_verification()
    if last is None:
        return 1, None
    late = timezone.now() - last.ended_at > LONGEST_UNVERIFIED
    return int(bool(last.fault) or late), last.ended_at


def _decisions_without_text() -> Found:
    """At most a minute old: it reads a week of the ledger."""
    number = cache.get_or_set("waiting-evidence", _without_text, EVIDENCE_KEPT_SECONDS)
    return number or 0, None


def _without_text() -> int:
    return sum(channel.text_missing for channel in evidence_health(_week()))


def _week() -> Part:
    today = timezone.now().astimezone(UTC).date()
    return Part(today - timedelta(days=EVIDENCE_DAYS - 1), today)


def _evidence_url() -> str:
    week = _week()
    return f"{reverse('admin:consents_reports_report', args=['evidence'])}?since={week.since}&until={week.until}"


LINES: tuple[Line, ...] = (
    Line(
        _("Versions of purposes to approve"),
        _("Submitted for review, by another person than the one who may publish them."),
        "consents.view_purposeversion",
        lambda: f"{reverse('admin:consents_purposeversion_changelist')}?state__exact=in_review",
        _reviews,
    ),
    _listed(waiting.APPLICATIONS),
    _listed(waiting.ERASURES),
    _listed(waiting.LATE_ERASURES),
    _listed(waiting.CODES),
    _listed(waiting.NOTICES),
    _listed(waiting.REVOKE_CALLBACKS),
    _listed(waiting.BACKCHANNEL_LOGOUTS),
    _listed(waiting.PROFILE_REQUESTS),
    _listed(waiting.NETWORKS),
    _listed(waiting.ACCOUNTS),
    _listed(waiting.NEW_DEVICES),
    _listed(waiting.SECRETS),
    _listed(waiting.SIGNING_KEYS),
    Line(
        _("The ledger is not known to be sound"),
        _("It was not verified for two days, or a fault was found."),
        REPORTS,
        lambda: reverse("admin:consents_reports_report", args=["ledger"]),
        _unsound_ledger,
    ),
    Line(
        _("Decisions without their text"),
        _("Of the last seven days, in the ledger: no published text has their version, language and digest."),
        REPORTS,
        _evidence_url,
        _decisions_without_text,
    ),
    _listed(waiting.AUDIT),
)
