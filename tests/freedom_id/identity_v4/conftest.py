from collections.abc import Iterator

import pytest

from freedom_id.domain.signing_keys import forget_keys
from tests.freedom_id.identity_v4.parties import Party, party


@pytest.fixture(autouse=True)
def fresh_keys() -> Iterator[None]:
    """The keys of a test vanish with its rows."""
    forget_keys()
    yield
    forget_keys()


@pytest.fixture
def shop(db: None) -> Party:
    """A client with the scope `consents`, and a person."""
    return party()
