"""The programs that the demo runs beside itself. None outlives it, and it does not outlive one of them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.core.management.base import CommandError

STOP_SECONDS = 5
LOG_LINES = 15
PR_SET_PDEATHSIG = 1


class Children:
    """Started by name, each in a process group of its own so that Ctrl-C reaches the demo alone; output in `NAME.log`.

    Leaving the context stops them: SIGTERM to each, after 5 s SIGKILL to what is left of its group.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str]) -> None:
        with self._log(name).open("wb") as log:
            self.running[name] = subprocess.Popen(  # noqa: S603 -- our own commands
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=settings.BASE_DIR,
                start_new_session=True,
                **_end_with_parent(),
            )

    def wait_for(self, what: str, ready: Callable[[], bool], *, seconds: float = 60) -> None:
        """Ask `ready` every 50 ms. Raises CommandError when a child ended or the time is over."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.require_alive()
            if time.monotonic() > deadline:
                raise CommandError(f"{what} did not answer in {seconds:.0f} s.{self._tails()}")
            time.sleep(0.05)

    def require_alive(self) -> None:
        """Raise CommandError with the end of its log when a child ended."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise CommandError(f"{name} ended (exit code {process.returncode}).{self._tail(name)}")

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0, deadline - time.monotonic()))
            _kill_group(process)
            process.wait()
        self.running.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them behind
        self.stop()

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _tail(self, name: str) -> str:
        lines = self._log(name).read_text(errors="replace").splitlines()[-LOG_LINES:]
        return "\n".join(["", f"--- end of {self._log(name)}", *lines])

    def _tails(self) -> str:
        return "".join(self._tail(name) for name in self.running)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the second of a group that is gone
        os.killpg(process.pid, signal.SIGKILL)


def _end_with_parent() -> dict[str, Any]:
    """Linux alone tells a child that its parent was killed; elsewhere a `kill -9` of the demo leaves them running."""
    if sys.platform != "linux":
        return {}
    libc, parent = ctypes.CDLL(None), os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return {"preexec_fn": ask}
