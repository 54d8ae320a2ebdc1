"""What may be imported where no import-linter looks: among the tests."""

import ast
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
CLIENTS = sorted((TESTS / "clients").glob("with_*.py"))
OWN = {"consents", "freedom_id", "identity_portal", "tests", "conversation", "persona", "."}


def imported_by(file: Path) -> set[str]:
    """The outermost packages that a module imports; "." for a relative import."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add("." if node.level else str(node.module).partition(".")[0])
    assert not found & {"importlib", "subprocess", "runpy"}
    return found


def test_the_walk_of_the_contract_knows_nothing_of_the_project() -> None:
    assert imported_by(TESTS / "journeys" / "contract_walk.py") - sys.stdlib_module_names == {"requests"}


@pytest.mark.parametrize("client", CLIENTS, ids=[client.stem for client in CLIENTS])
def test_a_client_library_is_run_by_nothing_of_the_project(client: Path) -> None:
    assert not imported_by(client) & OWN
