"""Who asks, and about whom it may ask: the one question that this app puts to the site around it.

`settings.CONSENTS["CALLER"]` names a callable that makes a Caller from a request, or raises CallerRefused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Never, Protocol

from django.http import HttpRequest

from consents.domain.units import Unit
from consents.errors import AccountNeeded, CallerRefused, UnknownAccount


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """A person that the caller may ask about: the account's primary key, and rows of the names asked."""

    account_id: Any
    units: Sequence[Unit] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """`scope_key` is the caller's own; `people` by the reference asked for, without those that it may not see."""

    scope_key: str
    people: Mapping[str, SeenPerson]

    @property
    def own(self) -> SeenPerson | None:
        """Whom a caller that named nobody speaks for; None for one that is no person."""
        return self.people.get("")

    def person(self, account: str | None) -> SeenPerson:
        """Who was asked about; None means nobody was named. Raises UnknownAccount, AccountNeeded."""
        found = self.own if account is None else self.people.get(account)
        if found is None:
            raise AccountNeeded if account is None else UnknownAccount
        return found


class Caller(Protocol):
    def see(self, accounts: Sequence[str], names: Sequence[str]) -> Seen:
        """The people behind these references, with the units of these names.

        No reference at all means the caller's own person, under the key ""; a caller that is no person has none.
        Raises CallerRefused.
        """


def refuse_everybody(_request: HttpRequest) -> Never:
    """The default: a site that names no CALLER answers nobody."""
    raise CallerRefused("unauthorized", "This site answers no caller.", 401)
