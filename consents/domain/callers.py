"""Who asks, and about whom it may ask: the one question that this app puts to the site around it.

`settings.CONSENTS["CALLER"]` names a callable that makes a Caller from a request, or raises CallerRefused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Never, Protocol

from django.http import HttpRequest

from consents.domain.units import Unit
from consents.errors import CallerRefused


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


class Caller(Protocol):
    def see(self, accounts: Sequence[str], names: Sequence[str]) -> Seen:
        """The people behind these references, with the units of these names.

        No reference at all means the caller's own person, under the key "". Raises CallerRefused, AccountNeeded.
        """


def refuse_everybody(_request: HttpRequest) -> Never:
    """The default: a site that names no CALLER answers nobody."""
    raise CallerRefused("unauthorized", "This site answers no caller.", 401)
