"""The portal as in production for a test: granian, and a Celery worker, on the database of the running test."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from django.db import connection

from tests import leaks
from tests.servers.free_port import free_port

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Portal:
    """A running portal. `url` is its issuer; `worker` starts and stops apart."""

    url: str
    port: int
    environment: dict[str, str]
    folder: Path
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_web(self) -> None:
        command = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)]
        self._start("web", [*command, "--blocking-threads", "4", "--no-ws", "identity_portal.wsgi:application"])
        deadline = time.monotonic() + 30
        while not self._answers():
            if time.monotonic() > deadline or self.children["web"].poll() is not None:
                raise RuntimeError(f"the portal did not start:\n{self.log('web')}")
            time.sleep(0.05)

    def start_worker(self, *, beat: bool = False) -> None:
        alone = ["--without-mingle", "--without-gossip"]  # mingling waits a second for neighbours
        options = ["--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING", *alone]
        schedule = ["-B", "-s", str(self.folder / "schedule")] if beat else []
        self._start("worker", ["celery", "-A", "identity_portal", "worker", *options, *schedule])

    def stop(self, name: str) -> None:
        child = self.children.pop(name, None)
        if child is not None:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def kill_worker(self) -> None:
        """SIGKILL: nothing is handed back, nothing is finished."""
        child = self.children.pop("worker")
        child.kill()
        child.wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def _start(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                [str(Path(sys.executable).with_name(command[0])), *command[1:]],
                env=self.environment, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=1) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


@contextmanager
def portal(**environment: str) -> Iterator[Portal]:
    """A portal on the test's database (its rows must be committed: `transaction=True`); nothing runs after the
    block."""
    port = free_port()
    url = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        running = Portal(
            url=url,
            port=port,
            environment={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "DATABASE_URL": url_of_test_database(),
                "PUBLIC_URL": url,
                "VAR_DIR": folder,
                **environment,
            },
            folder=Path(folder),
        )
        try:
            running.start_web()
            yield running
        finally:
            for name in list(running.children):
                running.stop(name)
            for log in running.folder.glob("*.log"):
                leaks.hear(log.read_text(errors="replace"))


def url_of_test_database() -> str:
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{settings['NAME']}").geturl()
