import sys
from collections.abc import Mapping


class ConsoleChannel:
    """Writes messages to the worker's terminal: for development only (`freedom_id.E003` refuses it elsewhere)."""

    def send(self, address: str, *, subject: str, text: str) -> None:
        sys.stdout.write(f"\n--- message to {address[-4:]:>8} ---\n{subject}\n{text}\n")

    def push(self, token: str, *, title: str, text: str, data: Mapping[str, str]) -> None:
        sys.stdout.write(f"\n--- push ---\n{title}\n{text}\n{dict(data)}\n")
