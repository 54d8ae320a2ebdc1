"""A one-time code's way to the person: the ways it may take, and what a gateway reports afterwards (its words:
`messages.codes`). All of it happens in the worker; no request waits for a gateway."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import phonenumbers
from django.utils import timezone, translation

from freedom_id.channels import NotTaken, send_by
from freedom_id.conf import conf
from freedom_id.domain.messages.codes import CodeWords, code_message
from freedom_id.domain.rate_limits import Limit, spend_allowance
from freedom_id.enums import Channel, CodePurpose, CredentialType
from freedom_id.errors import RateLimited
from freedom_id.models import Credential, OneTimeCode

logger = logging.getLogger(__name__)
TRIES = 2
MARK_LENGTH = 8
PROVE_THEIR_ADDRESS = {CodePurpose.CREDENTIAL, CodePurpose.SIGN_UP, CodePurpose.RECOVERY}


def send_code(code: OneTimeCode, text: str) -> NotTaken | None:
    """Send the six digits `text` in the person's language, on the first way that takes them. None when they are under
    way, else what the last way said, with the longest rest that any of them wants."""
    refusals = []
    with translation.override(code.locale or (code.account.locale if code.account else "") or None):
        for path, address in _ways(code):
            refused = _offer(path, address, code, text)
            if refused is None:
                return None
            refusals.append(refused)
    rest = max((refused.retry_after for refused in refusals), default=timedelta())
    return NotTaken(str(refusals[-1]) if refusals else "no way is open", retry_after=rest)


def _offer(path: str, address: str, code: OneTimeCode, text: str) -> NotTaken | None:
    """Why the channel did not take the message, None when it did. An error may carry the address, so only its kind is
    logged."""
    for _try in range(TRIES):
        try:
            send_by(path, address, code_message(_words(code, text), to=address), message_id=message_id(code))
        except Exception as error:  # noqa: BLE001 -- whatever a gateway raises
            refused = error if isinstance(error, NotTaken) else NotTaken(type(error).__name__)
            logger.warning("a code was not taken by %s: %s", path.rpartition(".")[2], refused)
        else:
            return None
        if not refused.again:
            break
    return refused


def _words(code: OneTimeCode, digits: str) -> CodeWords:
    """Whether the address has an account is told to the address alone: to somebody who wants to open one, and to
    somebody who wants to sign in and has none."""
    nobodys = code.purpose == CodePurpose.SIGN_IN and code.account_id is None
    return CodeWords(
        purpose=CodePurpose.SIGN_UP if nobodys else CodePurpose(code.purpose),
        digits=digits,
        partner=code.requested_by,
        reference=code.ref_code if code.client_id is not None else "",
        opened_already=code.purpose == CodePurpose.SIGN_UP and _has_owner(code),
    )


def _has_owner(code: OneTimeCode) -> bool:
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
