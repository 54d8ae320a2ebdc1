"""People and partners, made the way production makes them."""

import itertools
from datetime import date

from freedom_id.domain.accounts import register_account
from freedom_id.domain.client_registration import NewClient, register_client
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.grants import GRANTS
from freedom_id.models import Account, PartnerClient

PASSWORD = "correct horse battery"
REDIRECT_URI = "https://partner.example/callback?from=freedom"
_numbers = itertools.count(1000000)


def person(**personal: object) -> Account:
    """An account with a phone, an e-mail address, one more of each, every datum a partner may ask for, and PASSWORD."""
    number = next(_numbers)
    known = {
        "firstname": "Dilnoza",
        "lastname": "Karimova",
        "patronymic": "Rustamovna",
        "identifier": f"31{number}0055",
        "date_of_birth": date(1994, 5, 17),
        "gender": "F",
        "country": "UZB",
        "nationality": "Uzbek",
    }
    return register_account(
        parse_identifier(f"+99890{number}"),
        parse_identifier(f"dilnoza{number}@mail.example"),
        parse_identifier(f"+99891{number}"),
        parse_identifier(f"work{number}@mail.example"),
        password=PASSWORD,
        **(known | personal),
    )


def phone_of(account: Account) -> str:
    return account.credentials.get(type="mobile", is_primary=True).value


def email_of(account: Account) -> str:
    return account.credentials.get(type="email", is_primary=True).value


def partner(**stated: object) -> tuple[PartnerClient, str]:
    """A partner that may ask for everything and needs the first name; returns it with its secret."""
    new = {
        "name": "Aral Market",
        "redirect_uris": [REDIRECT_URI],
        "grants": list(GRANTS),
        "required_grants": ["read.firstname"],
        "legal_name": "Aral Market LLC",
    }
    return register_client(NewClient(**(new | stated)))
