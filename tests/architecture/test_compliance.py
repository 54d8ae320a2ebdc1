"""docs/compliance.md is what `./run compliance` prints of the tests that stand here."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.compliance.matrix import DOCUMENT, clauses_in, specification_of

TESTS = Path(__file__).resolve().parents[1]


def clauses_of(path: Path) -> Iterator[tuple[str, str]]:
    module = ast.parse(path.read_text())
    of_all = [mark for node in module.body if _is_pytestmark(node) for mark in ast.walk(node)]
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for mark in (*node.decorator_list, *of_all):
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.requirement":
                    yield specification_of(ast.literal_eval(mark.args[0])), node.name


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"


def test_every_test_that_names_a_clause_stands_in_the_document() -> None:
    named = {found for path in TESTS.rglob("test_*.py") for found in clauses_of(path)}
    assert named
    assert set(clauses_in(DOCUMENT.read_text())) == named, "run ./run compliance"
