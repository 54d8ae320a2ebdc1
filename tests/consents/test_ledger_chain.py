"""The bytes that a row's hash is made of never change, or every ledger there is would look tampered with."""

import hmac
from collections import namedtuple
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consents.canonical_json import canonical_json
from consents.conf import conf
from consents.ledger_chain import CHAINED, MOMENTS, row_hash

Row = namedtuple("Row", CHAINED)  # type: ignore[misc]
NUMBERS = {"collection_point_version", "subject_seq", "epoch"}
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])
moments = st.datetimes(datetime(1970, 1, 2), datetime(9999, 1, 1), timezones=zones)  # noqa: DTZ001 -- aware by timezones
texts = st.text(st.characters(exclude_categories=["Cs"]))
rows = st.builds(
    Row,
    **{
        name: moments | st.none()
        if name in MOMENTS
        else st.integers(0, 2**31) | st.none()
        if name in NUMBERS
        else st.uuids() | st.none()
        if name.endswith("id")
        else texts
        for name in CHAINED
    },
)


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    return value if value is None or isinstance(value, int) else str(value)


@given(row=rows, before=st.sampled_from(["", "f" * 64]))
@settings(max_examples=100, deadline=None)
def test_a_hash_is_over_the_canonical_json_of_the_row(row: Any, before: str) -> None:
    told = canonical_json({name: plain(getattr(row, name)) for name in CHAINED} | {"before": before})
    assert row_hash(row, before) == hmac.digest(conf.ledger_key, told.encode(), "sha256").hex()
