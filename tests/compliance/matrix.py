"""
What `./run compliance` prints: specification → clause → what is required of us → result, one row for each test that
names a clause. It is a pytest plugin, so the result is that of this run; `docs/compliance.md` is its output.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "compliance.md"
HEAD = """# Compliance

The output of `./run compliance`: each row is a test that names the clause it proves, run over our own doors. A row says
that this test passed, not that the whole clause is proven, and nothing here was certified by anybody.

"""
NOT_SUPPORTED = {
    "RFC 6749 §4.2": "implicit grant: `unsupported_response_type`",
    "RFC 6749 §4.3": "password grant: `unsupported_grant_type`",
    "RFC 7591": "dynamic registration: not there",
    "RFC 8628": "device grant: `unsupported_grant_type`",
    "RFC 8705": "mutual TLS: not there",
    "RFC 9101": "request objects: `request_not_supported`",
    "RFC 9396": "rich authorization requests: not there",
    "RFC 9449": "DPoP: not there",
    "OIDC Back-Channel Logout §2.7": "refresh tokens with `offline_access` are kept by no sign-out: they end with it",
    "OIDC Dynamic Registration": "not there",
}
_rows: dict[str, dict[str, str]] = defaultdict(dict)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Remember the worst result of each test function under each clause that it names."""
    report = yield
    if report.when == "call" or report.failed:
        for mark in item.iter_markers("requirement"):
            function = getattr(item, "originalname", item.name)
            known = _rows[mark.args[0]].get(function, "passed")
            _rows[mark.args[0]][function] = report.outcome if known == "passed" else known
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write(document(_rows))


def document(rows: dict[str, dict[str, str]]) -> str:
    """The whole page, in the order of specifications and clauses."""
    parts, last = [HEAD], ""
    for clause in sorted(rows, key=_order):
        specification = specification_of(clause)
        if specification != last:
            parts.append(f"\n## {specification}\n\n| clause | requirement | test | result |\n|---|---|---|---|\n")
            last = specification
        number = clause.removeprefix(specification).strip() or "–"
        parts += [f"| {number} | {words(name)} | `{name}` | {rows[clause][name]} |\n" for name in sorted(rows[clause])]
    parts.append("\n## Not supported\n\n| clause | what happens |\n|---|---|\n")
    parts += [f"| {clause} | {what} |\n" for clause, what in NOT_SUPPORTED.items()]
    return "".join(parts)


def specification_of(clause: str) -> str:
    return re.split(r" §| [A-Z]?\d+(\.\d+)+$| [A-Z]\d+$", clause)[0]


def words(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


def _order(clause: str) -> list[Any]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", clause)]


def clauses_in(document: str) -> Iterable[tuple[str, str]]:
    """Specification and test of each row."""
    specification = ""
    for line in document.splitlines():
        if line.startswith("## "):
            specification = line.removeprefix("## ")
        if found := re.match(r"\| .* \| `(test_\w+)` \| passed \|$", line):
            yield specification, found[1]
