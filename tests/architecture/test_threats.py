"""docs/threats.md names tests that exist, for every attack."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
DOCUMENT = TESTS.parent / "docs" / "threats.md"
ATTACKS = [f"A{number}" for number in range(1, 14)] + [f"T{number}" for number in range(1, 13)]
ATTACKS += ["S1", "S2", "S3"]


def names_of(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_every_attack_is_tried_by_a_test_that_exists() -> None:
    rows = re.findall(r"^\| ([ATS]\d+) \|.*\| ([^|]+) \|$", DOCUMENT.read_text(), flags=re.MULTILINE)
    existing = set().union(*(names_of(path) for path in TESTS.rglob("test_*.py")))

    assert [attack for attack, _tests in rows] == ATTACKS
    for attack, tests in rows:
        named = set(re.findall(r"`(\w+)`", tests))
        assert named, attack
        assert named <= existing, (attack, named - existing)
