"""docs/consent-rules.md has a row for each of the sixty rules, and names the tests that carry the rule's number."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "consent-rules.md"
RULES = range(1, 61)
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def marked() -> dict[int, set[str]]:
    """The tests of each rule, as `file::name`."""
    tests = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        if "pytest.mark.rule(" not in (source := path.read_text()):
            continue
        for node in ast.walk(ast.parse(source)):
            for decorator in getattr(node, "decorator_list", []):
                if found := re.fullmatch(r"pytest\.mark\.rule\((\d+)\)", ast.unparse(decorator)):
                    tests[int(found[1])].add(f"{path.relative_to(ROOT)}::{node.name}")
    return tests


def test_each_rule_has_one_row() -> None:
    assert [int(number) for number, _rule, _proof in ROW.findall(PAGE.read_text())] == list(RULES)


def test_each_row_names_the_tests_of_its_rule_or_says_why_there_is_none() -> None:
    tests = marked()
    for number, _rule, proof in ROW.findall(PAGE.read_text()):
        assert set(re.findall(r"`(tests/[^`]+)`", proof)) == tests[int(number)], f"rule {number}"
        assert tests[int(number)] or len(proof.split()) >= 5, f"rule {number} has neither test nor reason"


def test_no_test_proves_a_rule_that_is_not_there() -> None:
    assert set(marked()) <= set(RULES)
