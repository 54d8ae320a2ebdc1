"""`./manage.py check --deploy` is clean for a deployment as docs/settings.md describes it, and for no careless one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.production import PRODUCTION

ROOT = Path(__file__).resolve().parents[2]
CHECK = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
KEPT = {"PATH", "HOME", "LANG", "TZ"}  # nothing of the suite's own settings


def check(**changed: str) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if name in KEPT}
    done = subprocess.run(
        [sys.executable, *CHECK],
        check=False,
        cwd=ROOT,
        env=environment | PRODUCTION | changed,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_production_has_no_warning() -> None:
    assert check() == (0, "System check identified no issues (0 silenced).\n")


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        pytest.param({"PUBLIC_URL": "http://id.example.com"}, "security.W004", id="without TLS"),
        pytest.param({"DEMO": "1"}, "demo.E001", id="with the demo"),
        pytest.param({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be one of", id="an unknown form of logs"),
    ],
)
def test_a_careless_one_is_told(changed: dict[str, str], word: str) -> None:
    status, said = check(**changed)
    assert (status, word in said) == (1, True), said
