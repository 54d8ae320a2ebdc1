"""kombu's `filesystem://` with whole files: its reader takes a message that the writer has only just opened, finds it
empty, and the worker ends. Here a message gets its name when it is complete."""

from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, message: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        # The reader takes `*.QUEUE.msg` in the order of names: first the time.
        file = Path(self.data_folder_out) / f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        draft = file.with_name(f"{file.name}.draft")
        draft.write_text(dumps(message))  # type: ignore[no-untyped-call]
        draft.replace(file)


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> None:
    """Let `filesystem://` mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:{Transport.__name__}"
