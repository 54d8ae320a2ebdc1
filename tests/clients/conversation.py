"""How a test speaks with a client: a program that knows its own library and what it was registered with, and nothing
of this project (tests/architecture/test_imports.py). It reads its registration as a line of JSON, says lines of JSON,
and for each `visit` is told where the browser came out."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

HERE = Path(__file__).parent
LONGEST = 120  # seconds of a whole conversation
INSTALLED = HERE.parents[1] / "var" / "clients"  # by ./run


@dataclass
class Conversation:
    process: "subprocess.Popen[str]"

    def hear(self) -> dict[str, Any]:
        """The next thing that the client says. A client that ends instead fails the test; its log is captured."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(f"the client ended with {self.process.wait(10)}: see its log")
        heard: dict[str, Any] = json.loads(line)
        return heard

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


def from_npm() -> Path:
    """The folder in which npm's packages are installed. Skips the test when they are not."""
    if not (INSTALLED / "node" / "installed").exists():
        pytest.skip("./run test could not install tests/clients/package-lock.json: no npm, Node.js 20 or registry")
    return INSTALLED / "node"


def from_pip() -> Path:
    """The Python for which requirements/clients.lock is installed. Skips the test when it is not."""
    if not (INSTALLED / "venv" / "installed").exists():
        pytest.skip("./run test could not install requirements/clients.lock: no package index")
    return INSTALLED / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def program(script: str) -> tuple[list[str], Path]:
    """What runs a client, and where."""
    if script.endswith(".mjs"):
        # As text: a module finds its packages beside itself, and a text beside the folder in which it is run.
        return ["node", "--input-type=module", "--eval", (HERE / script).read_text()], from_npm()
    return [str(from_pip()), "-I", script], HERE


@contextmanager
def conversation(script: str, **registration: Any) -> Iterator[Conversation]:
    """Start a client and give it its registration; it ends with the block."""
    command, folder = program(script)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    with subprocess.Popen(command, cwd=folder, **pipes) as process:
        guard = Timer(LONGEST, process.kill)
        guard.start()
        try:
            speaking = Conversation(process)
            speaking.tell(json.dumps(registration))
            yield speaking
        finally:
            guard.cancel()
            process.kill()
