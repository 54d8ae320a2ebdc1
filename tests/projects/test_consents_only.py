"""A project that installs the wheel and uses `consents` alone: its own tests, and what the documentation tells it."""

import re
import zipfile
from pathlib import Path

import pytest

from tests.projects.conftest import PROJECT, ROOT, manage


def members(wheel: Path, package: str) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if name.startswith(f"{package}/")}


def test_the_wheel_holds_every_file_of_the_app(wheel: Path) -> None:
    files = (ROOT / "consents").rglob("*")
    here = {path.relative_to(ROOT).as_posix() for path in files if path.is_file() and "__pycache__" not in path.parts}
    assert members(wheel, "consents") == here
    assert members(wheel, "freedom_id")


def test_the_project_passes_its_own_tests(environment: dict[str, str]) -> None:
    said = manage(environment, "test", "--verbosity=2")
    assert re.search(r"^Ran (\d+) tests", said, re.MULTILINE)[1] == str(said.count(" ... ok"))


DOCUMENTED = re.findall(
    r"^```python\n# ([\w.]+)\n(.+?)^```$",
    (ROOT / "docs" / "consents.md").read_text().partition("## Use it in another project")[2].partition("\n## ")[0],
    re.DOTALL | re.MULTILINE,
)


def test_the_documentation_shows_the_files_of_the_project() -> None:
    assert [name for name, _code in DOCUMENTED] == ["settings.py", "urls.py", "letters.py", "receipt_keys.py"]


@pytest.mark.parametrize(("name", "code"), DOCUMENTED, ids=[name for name, _code in DOCUMENTED])
def test_the_documentation_is_true_to_the_letter(name: str, code: str) -> None:
    """Each passage of a documented file stands in the project's; `...` stands for what is left out."""
    written = (PROJECT / name).read_text()
    for passage in code.split("...\n"):
        assert passage.strip("\n") in written
