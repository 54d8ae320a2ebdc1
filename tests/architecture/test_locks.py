import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parents[2] / "requirements"


def read(name: str) -> str:
    return (REQUIREMENTS / name).read_text()


def pins(name: str) -> dict[str, str]:
    """Requirement (name, version, marker) -> what follows it up to the next one."""
    return dict(re.findall(r"^([\w.\[\]-]+==[^\\\n]+?) \\\n((?:    .*\n?)+)", read(name), re.MULTILINE))


@pytest.mark.parametrize("name", ["demo.lock", "dev.lock"])
def test_a_lock_names_no_host_and_no_option(name):
    assert "://" not in read(name)
    assert not re.findall(r"^\s*--(?!hash=sha256:)", read(name), re.MULTILINE)


@pytest.mark.parametrize("name", ["demo.lock", "dev.lock"])
def test_every_requirement_has_a_hash(name):
    lines = [line for line in read(name).splitlines() if line and not line.startswith((" ", "#"))]
    assert len(lines) == len(pins(name)) > 0
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", hashes) for hashes in pins(name).values())


def test_the_development_lock_holds_the_demo_lock():
    assert pins("demo.lock").items() <= pins("dev.lock").items()
