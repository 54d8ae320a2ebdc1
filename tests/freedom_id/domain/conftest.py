from collections.abc import Iterator

import pytest

from freedom_id.domain.signing_keys import forget_keys


@pytest.fixture(autouse=True)
def no_keys_of_another_test() -> Iterator[None]:
    """The process remembers the signing keys for a minute; the rows are gone after each test."""
    forget_keys()
    yield
    forget_keys()
