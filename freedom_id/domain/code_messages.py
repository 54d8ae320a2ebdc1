"""A one-time code's way to the person: its words, the ways it may take, and what a gateway reports afterwards. All of
it happens in the worker; no request waits for a gateway."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import phonenumbers
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from freedom_id.channels import MessageChannel, NotTaken, ReportingChannel, channel_at
from freedom_id.conf import conf
from freedom_id.domain.rate_limits import Limit, spend_allowance
from freedom_id.enums import Channel, CodePurpose, CredentialType
from freedom_id.errors import RateLimited
from freedom_id.models import Credential, OneTimeCode

logger = logging.getLogger(__name__)
TRIES = 2
MARK_LENGTH = 8
PROVE_THEIR_ADDRESS = {CodePurpose.CREDENTIAL, CodePurpose.SIGN_UP}
# Purpose -> the first words of the message, with and without a partner.
WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    CodePurpose.SIGN_IN: (
        gettext_lazy("%(code)s is your code to sign in to %(partner)s with Freedom ID."),
        gettext_lazy("%(code)s is your code to sign in to Freedom ID."),
    ),
    CodePurpose.CREDENTIAL: (
        gettext_lazy(
            "%(code)s is the code to add this number or address to your Freedom ID, asked for by %(partner)s."
        ),
        gettext_lazy("%(code)s is the code to add this number or address to your Freedom ID."),
    ),
    CodePurpose.STEP_UP: (
        gettext_lazy("%(code)s is your code to confirm an act in %(partner)s with Freedom ID."),
        gettext_lazy("%(code)s is your code to confirm an act in Freedom ID."),
    ),
    CodePurpose.SIGN_UP: (
        gettext_lazy("%(code)s is your code to open a Freedom ID for %(partner)s."),
        gettext_lazy("%(code)s is your code to open a Freedom ID."),
    ),
}
OPENED_ALREADY = (
    gettext_lazy("%(code)s is your code. You have a Freedom ID already: sign in to %(partner)s with it."),
    gettext_lazy("%(code)s is your code. You have a Freedom ID already: sign in with it."),
)


def send_code(code: OneTimeCode, text: str) -> timedelta | None:
    """Send the six digits `text` in the person's language, on the first way that takes them. None when they are under
    way, else how long the gateways want to be left alone."""
    refusals = []
    with translation.override(code.locale or (code.account.locale if code.account else "") or None):
        for path, address in _ways(code):
            refused = _offer(path, address, code, text)
            if refused is None:
                return None
            refusals.append(refused.retry_after)
    return max(refusals, default=timedelta())


def _offer(path: str, address: str, code: OneTimeCode, text: str) -> NotTaken | None:
    """Why the channel did not take the message, None when it did. An error may carry the address, so only its kind is
    logged."""
    for _try in range(TRIES):
        try:
            _hand_over(channel_at(path), address, code, text)
        except Exception as error:  # noqa: BLE001 -- whatever a gateway raises
            refused = error if isinstance(error, NotTaken) else NotTaken(type(error).__name__)
            logger.warning("a code was not taken by %s: %s", path.rpartition(".")[2], refused)
        else:
            return None
        if not refused.again:
            break
    return refused


def _hand_over(channel: MessageChannel, address: str, code: OneTimeCode, digits: str) -> None:
    subject, text = _("Your Freedom ID code"), message_text(code, digits)
    if isinstance(channel, ReportingChannel):
        channel.send(address, subject=subject, text=text, message_id=message_id(code))
    else:
        channel.send(address, subject=subject, text=text)


def message_text(code: OneTimeCode, digits: str) -> str:
    """The words of the message. The last line binds the code to our origin for browsers that fill it in (WebOTP)."""
    host = conf.issuer.partition("://")[2].partition(":")[0]
    for_partner, for_us = OPENED_ALREADY if _has_owner(code) else WORDS[code.purpose]
    said = {"code": digits, "partner": code.requested_by}
    lines = [
        str(for_partner if code.requested_by else for_us) % said,
        _("Tell it to nobody. It is valid for 5 minutes."),
    ]
    if code.client_id is not None:
        lines.append(_("Reference: %(reference)s.") % {"reference": code.ref_code})
    return f"{' '.join(lines)}\n\n@{host} #{digits}"


def _has_owner(code: OneTimeCode) -> bool:
    """Whether somebody who wants to open an account has one. It is told to the address alone."""
    if code.sign_up_id is None:
        return False
    return Credential.objects.verified().filter(value_index=code.address_index).exists()


def message_id(code: OneTimeCode) -> str:
    """The same over every try to send the same digits, another for other digits."""
    return f"{code.pk.hex}-{code.digest[:MARK_LENGTH]}"


def note_delivery(reported: str, *, delivered: bool) -> None:
    """Keep what a gateway reports of the message with this id. A report about former digits changes nothing, and none
    takes a delivery back."""
    challenge, _dash, mark = reported.partition("-")
    codes = OneTimeCode.objects.filter(pk=UUID(challenge), digest__startswith=mark)
    if delivered:
        codes.update(delivered_at=timezone.now(), undelivered_at=None)
    else:
        codes.filter(delivered_at=None).update(undelivered_at=timezone.now())


def _ways(code: OneTimeCode) -> Iterator[tuple[str, str]]:
    """(channel, address) in the order to try. Another address than the code's own proves nothing about that one."""
    within_budget = code.channel != Channel.SMS or spend_sms_budget(code.address)
    for path in [conf.channels[code.channel], *conf.fallbacks.get(code.channel, ())]:
        if path != Channel.EMAIL and within_budget:
            yield path, code.address
        elif path == Channel.EMAIL and code.account and code.purpose not in PROVE_THEIR_ADDRESS:
            proven = Credential.objects.main(code.account.pk, CredentialType.EMAIL)
            if proven is not None:
                yield conf.channels[Channel.EMAIL], proven.value


def spend_sms_budget(number: str) -> bool:
    """Whether the day's SMS to that country are not used up: pumping numbers abroad ends here, and whoever asks is
    answered as ever."""
    country = str(phonenumbers.parse(number).country_code)
    times = conf.sms_per_day.get(country, conf.sms_per_day[""])
    try:
        spend_allowance(Limit("sms-country", times, timedelta(days=1)), country)
    except RateLimited:
        logger.error("the day's SMS to +%s are used up", country)
        return False
    return True
