"""A server process that never outlives the process that started it."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# The guard reads from a pipe that only the starting process holds: closing it stops the server and removes its folder,
# and so does the end of that process, whatever ended it (SIGTERM and SIGKILL run no Python of ours).
GUARD = """
stop=$1 folder=$2; shift 2
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
read -r _
kill -"$stop" "$server" 2>/dev/null
wait "$server"
rm -rf "$folder"
"""


class GuardedServer:
    """
    A running server in a folder of its own.

    `stop_signal` is a name as in kill(1). `ready` is asked every 10 ms until it says yes; after `seconds` the server is
    stopped and RuntimeError carries the end of its log. `identity` goes to subprocess (user=, group=, extra_groups=).
    """

    def __init__(
        self,
        command: list[str],
        *,
        folder: Path,
        stop_signal: str,
        ready: Callable[[], bool],
        identity: dict[str, Any] | None = None,
        seconds: float = 30,
    ) -> None:
        self.folder = folder
        self.guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", stop_signal, str(folder), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            start_new_session=True,  # Ctrl-C reaches the tests, not their database
            **(identity or {}),
        )
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline:
                log = (folder / "log").read_text(errors="replace")[-2000:]
                self.stop()
                raise RuntimeError(f"{command[0]} did not start in {seconds} s:\n{log}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server, wait for its end, remove its folder. A second call does nothing."""
        assert self.guard.stdin
        self.guard.stdin.close()
        self.guard.wait(timeout=60)
