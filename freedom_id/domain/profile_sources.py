"""Where the data of a released profile comes from. A source is a callable `(account, chosen) -> dict`; the dicts are
merged. `chosen` says which number and address the client sees, as `Person.chosen`; it is empty for the person's own
copy of everything. `FREEDOM_ID["PROFILE_SOURCES"]` names them; this is the one that is always at hand."""

from typing import Any

from freedom_id.domain.person import Chosen, person_of, released
from freedom_id.grants import GRANTS
from freedom_id.models import Account


def personal(account: Account, chosen: Chosen) -> dict[str, Any]:
    """The `personal` section: every field of the Freedom ID door."""
    return {"personal": released(person_of(account, chosen), GRANTS)}
