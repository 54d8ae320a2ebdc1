"""The words of one-time codes."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from freedom_id.channels import Message
from freedom_id.domain.messages.letter import Letter, host, one_line, shortened
from freedom_id.enums import CodePurpose

NAME_IN_SMS = 16
LOST_APP = gettext_lazy("%(code)s is the code to remove a lost app from your Freedom ID.")  # no partner asks for it
# Purpose -> the first words of the message, with and without a partner.
WORDS: dict[CodePurpose, tuple[str | Promise, str | Promise]] = {
    CodePurpose.SIGN_IN: (
        gettext_lazy("%(code)s is the code to sign in to %(partner)s with Freedom ID."),
        gettext_lazy("%(code)s is the code to sign in to Freedom ID."),
    ),
    CodePurpose.CREDENTIAL: (
        gettext_lazy("%(code)s is the code to add a number or address to your Freedom ID, asked by %(partner)s."),
        gettext_lazy("%(code)s is the code to add a number or address to your Freedom ID."),
    ),
    CodePurpose.STEP_UP: (
        gettext_lazy("%(code)s is the code to confirm an act in %(partner)s with Freedom ID."),
        gettext_lazy("%(code)s is the code to confirm an act in Freedom ID."),
    ),
    CodePurpose.RECOVERY: (LOST_APP, LOST_APP),
    CodePurpose.SIGN_UP: (
        gettext_lazy("%(code)s is the code to open a Freedom ID for %(partner)s."),
        gettext_lazy("%(code)s is the code to open a Freedom ID."),
    ),
}
OPENED_ALREADY = (
    gettext_lazy("%(code)s is the code. You have a Freedom ID already: sign in to %(partner)s with it."),
    gettext_lazy("%(code)s is the code. You have a Freedom ID already: sign in with it."),
)


@dataclass(frozen=True, slots=True)
class CodeWords:
    """What a code is for. `partner` is who asked for it, "" for our own pages; `reference` what its page shows beside
    the field; `opened_already` that the address has an account, which is told to nobody else."""

    purpose: CodePurpose
    digits: str
    partner: str = ""
    reference: str = ""
    opened_already: bool = False


def code_message(words: CodeWords, *, to: str) -> Message:
    """As a mail, or as a text where `to` is a number. The last line binds the code to our origin for browsers that fill
    it in (WebOTP)."""
    subject, last = _("Your Freedom ID code"), f"@{host()} #{words.digits}"
    if "@" not in to:
        reference = _("Ref. %(reference)s.") % {"reference": words.reference} if words.reference else ""
        said = [_said(words, shortened(words.partner, NAME_IN_SMS)), _("Tell it to nobody."), reference]
        return Message(subject, f"{' '.join(filter(None, said))}\n\n{last}")
    reference = _("Reference: %(reference)s.") % {"reference": words.reference} if words.reference else ""
    letter = Letter(
        subject,
        _said(words, one_line(words.partner)),
        code=words.digits,
        hint=" ".join(filter(None, [_("Tell it to nobody. It is valid for 5 minutes."), reference])),
        not_you=_("If you did not ask for it, do nothing: without the code nobody gets in."),
        last=last,
    )
    return letter.message()


def _said(words: CodeWords, partner: str) -> str:
    for_partner, for_us = OPENED_ALREADY if words.opened_already else WORDS[words.purpose]
    return str(for_partner if partner else for_us) % {"code": words.digits, "partner": partner}
