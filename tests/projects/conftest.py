import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.servers.free_port import free_port

ROOT = Path(__file__).resolve().parents[2]
PROJECT = Path(__file__).with_name("consents_only")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """For a Python that finds what the wheel holds of `consents` ahead of everything, and this repository nowhere."""
    folder = tmp_path_factory.mktemp("site").resolve()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.startswith("consents/")])
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "WHEEL": str(folder)}


def manage(environment: dict[str, str], *arguments: str) -> str:
    """`manage.py` of the project; what it said."""
    command = [sys.executable, "manage.py", *arguments]
    run = subprocess.run(
        command, cwd=PROJECT, env=environment, check=False, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


@pytest.fixture(scope="module")
def shop(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The project behind a real socket, with people and questions; its address."""
    folder = tmp_path_factory.mktemp("shop")
    environment = environment | {"DATABASE": str(folder / "shop.sqlite3")}
    manage(environment, "migrate", "--verbosity=0")
    manage(environment, "shell", "--verbosity=0", "--command=import seed; seed.seed()")
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "manage.py", "runserver", "--noreload", "--insecure", address]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"http://{address}/accounts/login/", server)
            yield f"http://{address}"
        finally:
            server.terminate()
            server.wait(10)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the project did not start")
