"""What is checked without running a test: `./run lint`. All checks run; the exit code says whether all passed."""

import os
import subprocess
import sys

from tests.production import PRODUCTION

CHECKS = (
    "ruff check",
    "ruff format --check",
    "mypy",
    "lint-imports --no-cache",
    "openapi-spec-validator docs/openapi.yaml",
    "python manage.py makemigrations --check --dry-run",
    "python manage.py check --deploy --fail-level WARNING",
)


def passes(check: str) -> bool:
    """Run one check with its output on the terminal."""
    print(f"== {check}", flush=True)
    settings = PRODUCTION if "--deploy" in check else {}  # else a development checkout: the demo's apps are code too
    return subprocess.call(check.split(), env=os.environ | settings) == 0


failed = [check for check in CHECKS if not passes(check)]
for check in failed:
    print(f"FAILED: {check}")
sys.exit(bool(failed))
