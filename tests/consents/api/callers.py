"""A caller without OAuth, for the app alone: the header says who it is and whose person it holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.http import HttpRequest

from consents.domain.callers import Caller, Seen, SeenPerson
from consents.domain.subjects import find_subject
from consents.domain.units import units_of_subject
from consents.errors import CallerRefused


@dataclass(frozen=True)
class HeaderCaller:
    scope_key: str
    account_ids: list[str]

    def see(self, accounts: Sequence[str], names: Sequence[str]) -> Seen:
        """The accounts of the header; the first is its own person, without any it is no person."""
        people = {}
        for account in accounts or [""] * bool(self.account_ids):
            if (account or self.account_ids[0]) in self.account_ids:
                account_id = get_user_model()._meta.pk.to_python(account or self.account_ids[0])
                units = units_of_subject(find_subject(account_id), names=names, scope_key=self.scope_key)
                people[account] = SeenPerson(account_id, units)
        return Seen(self.scope_key, people)


def by_header(request: HttpRequest) -> Caller:
    """`Authorization: client account account …`"""
    parts = request.META.get("HTTP_AUTHORIZATION", "").split()
    if not parts:
        raise CallerRefused("unauthorized", "Who are you?", 401, {"WWW-Authenticate": "Test"})
    return HeaderCaller(parts[0], parts[1:])


def broken(_request: HttpRequest) -> Caller:
    raise ZeroDivisionError
