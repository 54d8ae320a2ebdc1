import uuid
from datetime import UTC, datetime

import time_machine

from consents.rfc9562_uuid7 import uuid7


def test_version_and_variant_bits_are_set() -> None:
    value = uuid7()
    assert (value.version, value.variant) == (7, uuid.RFC_4122)


# Later than any other test travels, because values of one process never go back.
@time_machine.travel(datetime(2500, 1, 1, tzinfo=UTC), tick=False)
def test_the_first_48_bits_are_unix_milliseconds() -> None:
    assert uuid7().int >> 80 == datetime(2500, 1, 1, tzinfo=UTC).timestamp() * 1000


@time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False)
def test_values_grow_while_the_clock_stands_still() -> None:
    values = [uuid7() for _ in range(10_000)]
    assert values == sorted(set(values))


def test_values_grow_when_the_clock_steps_back() -> None:
    before = uuid7()
    with time_machine.travel(datetime(2020, 1, 1, tzinfo=UTC), tick=False):
        assert uuid7() > before
