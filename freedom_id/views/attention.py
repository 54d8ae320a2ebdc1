"""What waits for the person: the first thing on her page, and nothing when nothing waits."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.domain.queries.own_consents import expiring_consents
from consents.domain.subjects import find_subject
from freedom_id.domain.step_up import proofs_of
from freedom_id.enums import ProofType
from freedom_id.models import Account
from freedom_id.views.browser_session import account_of
from freedom_id.views.devices import waiting_approvals
from freedom_id.views.requests import unfinished_requests

SOON = timedelta(days=7)
SECOND_PROOFS = {ProofType.TOTP, ProofType.PASSKEY}


@dataclass(frozen=True)
class Need:
    """`title` says what waits, `text` what it means, `act` what the link at `url` does."""

    title: str
    text: str
    act: str
    url: str


def needs(request: HttpRequest) -> list[Need]:
    account = account_of(request)
    found = (_approvals(request), _requests(account), _expiring(account), _second_proof(account))
    return [need for need in found if need]


def _approvals(request: HttpRequest) -> Need | None:
    number = waiting_approvals(request)
    if not number:
        return None
    title = ngettext("%(number)d request waits for your approval", "%(number)d requests wait for your approval", number)
    text = _("Somebody signs in or pays. Approve it only when that is you.")
    return Need(title % {"number": number}, text, _("See who asks"), reverse("freedom_id:approvals"))


def _requests(account: Account) -> Need | None:
    number = unfinished_requests(account)
    if not number:
        return None
    title = ngettext(
        "%(number)d request for your full profile is open", "%(number)d requests for your full profile are open", number
    )
    text = _("You agreed to it. You can still call it off.")
    return Need(title % {"number": number}, text, _("See the requests"), reverse("freedom_id:requests"))


def _expiring(account: Account) -> Need | None:
    number = len(expiring_consents(find_subject(account.pk), before=timezone.now() + SOON))
    if not number:
        return None
    title = ngettext("%(number)d consent ends within a week", "%(number)d consents end within a week", number)
    text = _("It ends by itself. Whoever needs it longer asks you anew.")
    return Need(title % {"number": number}, text, _("See your consents"), reverse("freedom_id:own_consents"))


def _second_proof(account: Account) -> Need | None:
    if proofs_of(account) & SECOND_PROOFS:
        return None
    text = _("Whoever has your phone for a minute could sign in. An app with codes, or a passkey, prevents that.")
    return Need(_("One proof alone opens your account"), text, _("Add a second proof"), reverse("freedom_id:security"))
