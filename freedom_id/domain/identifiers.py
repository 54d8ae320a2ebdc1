"""Phone numbers and e-mail addresses: one normal form, one look-up digest, one mask."""

from dataclasses import dataclass

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from freedom_id.enums import Channel, CredentialType
from freedom_id.sealing import blind_index

DOT = "•"


class InvalidIdentifier(ValueError):
    """The text is neither a phone number in international form nor an e-mail address."""


@dataclass(frozen=True)
class Identifier:
    type: CredentialType
    value: str

    @property
    def index(self) -> str:
        """Digest under which `Credential.value_index` and every limit knows this identifier."""
        return blind_index(self.value, self.type)

    @property
    def channel(self) -> Channel:
        return Channel.SMS if self.type == CredentialType.MOBILE else Channel.EMAIL

    @property
    def masked(self) -> str:
        return mask_phone(self.value) if self.type == CredentialType.MOBILE else mask_email(self.value)


def parse_identifier(text: str) -> Identifier:
    """Read what a person typed: `+998 90 123-45-67`, `998901234567` or an e-mail address.

    Raises InvalidIdentifier. Phones become E.164, e-mail domains lower case.
    """
    text = text.strip()
    if "@" in text:
        return Identifier(CredentialType.EMAIL, normal_email(text))
    return Identifier(CredentialType.MOBILE, normal_phone(text))


def normal_phone(text: str) -> str:
    digits = "".join(character for character in text if character.isdigit())
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException as error:
        raise InvalidIdentifier("not a phone number") from error
    if not phonenumbers.is_possible_number(number):
        raise InvalidIdentifier("not a possible phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country_of(number: str) -> str:
    """The country (ISO 3166-1 alpha-2) of a number in E.164; "" for one that belongs to none, or what is none."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""
    return region if region.isalpha() else ""


def normal_email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise InvalidIdentifier("not an e-mail address") from error
    local, _at, domain = text.rpartition("@")
    if not local.isascii():  # letters that fold into others: two addresses must not look up as one
        raise InvalidIdentifier("not an ASCII mailbox")
    try:
        return f"{local}@{domain.lower().encode('idna').decode()}"
    except UnicodeError as error:
        raise InvalidIdentifier("not a domain") from error


def mask_phone(value: str) -> str:
    """`+998 •• ••• 45 67`: country and the last four digits stay recognisable."""
    number = phonenumbers.parse(value)
    return f"+{number.country_code} {DOT * 2} {DOT * 3} {value[-4:-2]} {value[-2:]}"


def mask_address(channel: str, address: str) -> str:
    """What may be shown of where a message went by this `Channel`."""
    return mask_phone(address) if channel == Channel.SMS else mask_email(address)


def mask_customer_phone(value: str) -> str:
    """`081***8899`, in national form: the first digits, of which at least three are hidden, and the last four."""
    national = phonenumbers.format_number(phonenumbers.parse(value), phonenumbers.PhoneNumberFormat.NATIONAL)
    digits = "".join(character for character in national if character.isdigit())
    return f"{digits[: max(0, min(3, len(digits) - 7))]}***{digits[-4:]}"


def mask_email(value: str) -> str:
    """`d•••@mail.uz`"""
    local, _at, domain = value.rpartition("@")
    return f"{local[:1]}{DOT * 3}@{domain}"


def mask_federated(value: str) -> str:
    """`•••6334`: the last four characters of a subject that has at least eight; "" without one."""
    subject = value.partition(" ")[2]
    return f"{DOT * 3}{subject[-4:] if len(subject) >= 8 else ''}" if subject else ""


def mask_text(value: str) -> str:
    """`K•••`"""
    return f"{value[:1]}{DOT * 3}" if value else ""
