"""What may be imported where no import-linter looks: among the tests."""

import ast
import sys
from pathlib import Path

CONTRACT_WALK = Path(__file__).resolve().parents[1] / "journeys" / "contract_walk.py"


def test_the_walk_of_the_contract_knows_nothing_of_the_project() -> None:
    tree = ast.parse(CONTRACT_WALK.read_text())
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add("." if node.level else str(node.module).partition(".")[0])
    assert imported - sys.stdlib_module_names == {"requests"}
    assert not imported & {"importlib", "subprocess", "runpy"}
