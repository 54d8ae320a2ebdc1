import os
import sys
import time

import pytest
from django.core.management import CommandError

from identity_portal.demo.children import Children


@pytest.fixture
def children(tmp_path):
    """Stopped by hand: leaving the context would leave the test run deaf to Ctrl-C."""
    started = Children(tmp_path)
    yield started
    started.stop()


def test_the_end_of_a_child_is_told_with_the_end_of_its_log(children):
    children.start("worker", [sys.executable, "-c", "print('out of luck'); raise SystemExit(3)"])
    with pytest.raises(CommandError, match=r"worker ended \(exit code 3\)(.|\n)*out of luck"):
        children.wait_for("The worker", lambda: False, seconds=20)


def test_stopping_takes_what_a_child_started_too(children, tmp_path):
    os.mkfifo(tmp_path / "held")
    children.start("web", ["/bin/sh", "-c", f"exec >{tmp_path}/held; sleep 60 & wait"])
    with (tmp_path / "held").open() as held:
        children.stop()
        before = time.monotonic()
        assert held.read() == ""  # which comes when the last process that holds the pipe is gone
    assert time.monotonic() - before < 5
