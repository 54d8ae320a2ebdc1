"""How far a long command is, on a terminal; nothing where nobody looks."""

from typing import IO

WIDTH = 30


class ProgressBar:
    """Call it with the number done so far. Writes to `out` when that is a terminal."""

    def __init__(self, total: int, out: IO[str]) -> None:
        self._total = total
        self._out = out if out.isatty() else None

    def __call__(self, done: int) -> None:
        if self._out is None or not self._total:
            return
        filled = min(WIDTH, WIDTH * done // self._total)
        end = "\n" if done >= self._total else ""
        self._out.write(f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{self._total}{end}")
        self._out.flush()
