import logging
from typing import Any

import pytest

from freedom_id.domain.dispatch import dispatch


class TaskWithoutBroker:
    name = "freedom_id.some"

    def apply_async(self, *, kwargs: dict[str, Any]) -> Any:
        raise OSError("no broker at redis://user:password@host")


def test_a_broker_that_is_away_is_noted_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        dispatch(TaskWithoutBroker(), code_id="1")
    assert "freedom_id.some waits for the sweep: OSError" in caplog.text
    assert "password" not in caplog.text
