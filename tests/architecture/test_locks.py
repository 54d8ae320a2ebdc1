import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"
LOCKS = ["demo.lock", "dev.lock", "clients.lock"]


def read(name: str) -> str:
    return (REQUIREMENTS / name).read_text()


def pins(name: str) -> dict[str, str]:
    """Requirement (name, version, marker) -> what follows it up to the next one."""
    return dict(re.findall(r"^([\w.\[\]-]+==[^\\\n]+?) \\\n((?:    .*\n?)+)", read(name), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_host_and_no_option(name):
    assert "://" not in read(name)
    assert not re.findall(r"^\s*--(?!hash=sha256:)", read(name), re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_has_a_hash(name):
    lines = [line for line in read(name).splitlines() if line and not line.startswith((" ", "#"))]
    assert len(lines) == len(pins(name)) > 0
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", hashes) for hashes in pins(name).values())


def test_the_development_lock_holds_the_demo_lock():
    assert pins("demo.lock").items() <= pins("dev.lock").items()


def test_the_lock_of_npm_names_no_host_and_has_a_hash_for_each_package():
    text = (ROOT / "tests" / "clients" / "package-lock.json").read_text()
    itself, *packages = json.loads(text)["packages"].values()
    asked_for = json.loads((ROOT / "tests" / "clients" / "package.json").read_text())

    assert "://" not in text
    assert itself["dependencies"] == asked_for["dependencies"]
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages)


def test_the_client_libraries_are_documented_with_the_versions_that_are_run():
    listed = re.findall(r"^\| ([\w-]+) (\d[\w.]*) \|", (ROOT / "docs" / "openid-connect.md").read_text(), re.MULTILINE)
    packages = json.loads((ROOT / "tests" / "clients" / "package-lock.json").read_text())["packages"]
    run = dict(pin.split(" ")[0].split("==") for pin in pins("clients.lock"))
    run |= {name.rpartition("/")[2]: package["version"] for name, package in packages.items() if name}

    assert len(listed) == 7
    assert [(name, run[name.lower()]) for name, _version in listed] == listed
