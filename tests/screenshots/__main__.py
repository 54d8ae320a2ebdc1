"""`./run screenshots`: pictures of the main pages, with the demo's people, into docs/screens/, and an index of them."""

import os
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers.free_port import free_port
from tests.servers.valkey import valkey

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Screenshots are taken by Chromium, which is not on this machine (Debian: apt-get install chromium).")
    port = free_port()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="screenshots-")))
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Playwright keeps a loop running in the thread that asks the database
            "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
            "REDIS_URL": stack.enter_context(valkey()),
            "PUBLIC_URL": f"http://localhost:{port}",
            "VAR_DIR": str(folder),
        }
        import django

        django.setup()
        from tests.screenshots.stage import running_stage
        from tests.screenshots.studio import take_pictures, write_index

        stage = stack.enter_context(running_stage(port, folder))
        take_pictures(stage, chromium, FOLDER)
    write_index(FOLDER)
    size = sum(picture.stat().st_size for picture in FOLDER.glob("*.png"))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures, {size / 1e6:.1f} MB, in {FOLDER.name}/")


if __name__ == "__main__":
    main()
