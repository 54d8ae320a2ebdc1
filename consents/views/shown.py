"""What the pages say of consents and decisions: words and addresses for the templates."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language_info, gettext_lazy

from consents.domain.parties import party_name
from consents.domain.queries.own_consents import OwnConsent
from consents.enums import Action, Actor, Reason
from consents.models import ConsentTransaction, PurposeText

# In words that no other app of a site translates in its own sense.
STATUS = {
    Reason.ACTIVE: gettext_lazy("in force"),
    Reason.EXPIRED: Reason.EXPIRED.label,
    Reason.SUPERSEDED: Reason.SUPERSEDED.label,
    Reason.WITHDRAWN: Reason.WITHDRAWN.label,
    Reason.REFUSED: Reason.REFUSED.label,
    None: gettext_lazy("no longer asked"),
}
SAID = {
    Action.ALLOW: gettext_lazy("Agreed"),
    Action.RENEW: gettext_lazy("Agreed again"),
    Action.REFUSE: gettext_lazy("Did not agree"),
    Action.WITHDRAW: gettext_lazy("Withdrawn"),
}


@dataclass(frozen=True)
class ShownConsent:
    own: OwnConsent
    status: str
    recipient: str
    language: str
    url: str
    withdraw_url: str


@dataclass(frozen=True)
class ShownDecision:
    row: ConsentTransaction
    said: str
    by: str
    text: PurposeText | None = None


def show_consent(own: OwnConsent) -> ShownConsent:
    query = f"?{urlencode({'recipient': own.scope_key})}" if own.scope_key else ""
    return ShownConsent(
        own=own,
        status=str(STATUS[own.reason]),
        recipient=party_name(own.scope_key),
        language=_language_name(own.text.locale),
        url=reverse("consents:consent", args=[own.purpose_id]) + query,
        withdraw_url=reverse("consents:withdraw", args=[own.purpose_id]) + query,
    )


def show_decision(row: ConsentTransaction, text: PurposeText | None = None) -> ShownDecision:
    """`by` is empty for the person's own decisions."""
    by = "" if row.actor == Actor.SELF else str(Actor(row.actor).label)
    return ShownDecision(row=row, said=str(SAID[Action(row.action)]), by=by, text=text)


def _language_name(locale: str) -> str:
    try:
        return str(get_language_info(locale)["name_local"])
    except KeyError:
        return locale
