"""`./run compliance`: run every test that names a clause, print the matrix, and write it to docs/compliance.md if every
test passed."""

import sys

import pytest

from tests.compliance import matrix

if __name__ == "__main__":
    code = pytest.main(["tests", "-q", "-m", "requirement", "-n", "0", "--no-header", *sys.argv[1:]], plugins=[matrix])
    if code == 0:
        matrix.DOCUMENT.write_text(matrix.document(matrix._rows))
    sys.exit(code)
