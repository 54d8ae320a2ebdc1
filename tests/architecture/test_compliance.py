"""docs/compliance.md is what `./run compliance` prints of the tests that stand here."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.compliance.matrix import DOCUMENT, clauses_in, specification_of

TESTS = Path(__file__).resolve().parents[1]


def clauses_of(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.requirement":
                    yield specification_of(ast.literal_eval(mark.args[0])), node.name


def test_every_test_that_names_a_clause_stands_in_the_document() -> None:
    named = {found for path in TESTS.rglob("test_*.py") for found in clauses_of(path)}
    assert named
    assert set(clauses_in(DOCUMENT.read_text())) == named, "run ./run compliance"
