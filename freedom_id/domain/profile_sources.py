"""Where the data of a released profile comes from. A source is a callable `(account) -> dict`; the dicts are merged.
`FREEDOM_ID["PROFILE_SOURCES"]` names them; this is the one that is always at hand."""

from typing import Any

from freedom_id.domain.person import personal_data
from freedom_id.grants import GRANTS
from freedom_id.models import Account


def personal(account: Account) -> dict[str, Any]:
    """The `personal` section: every field of the Freedom ID door."""
    return {"personal": personal_data(account, GRANTS)}
