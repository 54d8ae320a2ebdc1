"""The whole portal on one machine: broker, database, web server, worker; ready when each of them answered."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from django.conf import settings
from django.core.management import call_command

from identity_portal.demo import broker
from identity_portal.demo.children import Children
from identity_portal.demo.seed import Seeded, seed
from identity_portal.demo.tasks import ANSWER, task_answer


@contextmanager
def running_stack(port: int, chosen: str) -> Iterator[tuple[Children, Seeded]]:
    """Start everything, fill the database, wait until web and worker answer; stop everything afterwards.

    `chosen` is what `choose_broker` said. Raises CommandError when a part does not come up.
    """
    folder, url = Path(settings.VAR_DIR), settings.CELERY_BROKER_URL
    with Children(folder) as children:
        if url.startswith("filesystem:"):
            broker.prepare_files(folder)
        elif chosen != broker.GIVEN:
            children.start("broker", broker.server_command(chosen, url, folder))
        call_command("migrate", interactive=False, verbosity=0)
        seeded = seed(folder / "demo.json")
        if url.startswith("redis:"):
            children.wait_for("The broker", lambda: broker.answers(url))
        children.start("worker", worker_command(folder))
        children.start("web", web_command(port))
        children.wait_for("The web server", lambda: _web_answers(port))
        question = secrets.token_hex(8)
        task_answer.apply_async(kwargs={"question": question}, expires=60)
        children.wait_for("The worker", lambda: _worker_answered(folder, question))
        yield children, seeded


def worker_command(folder: Path) -> list[str]:
    """Worker and beat in one; it waits for no other workers, because there are none."""
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "identity_portal", "worker", "-B", "--pool", "threads"]
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [*celery, "--concurrency", "4", "--loglevel", "WARNING", *alone, "--schedule", str(folder / "beat-schedule")]


def web_command(port: int) -> list[str]:
    """Four threads: the sample partner calls the portal from within the portal, which takes two at once."""
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "identity_portal.wsgi:application"]
    threads = ["--workers", "1", "--blocking-threads", "4"]
    return [*granian, "--host", "127.0.0.1", "--port", str(port), *threads, "--log-level", "warning"]


def _web_answers(port: int) -> bool:
    try:
        return requests.get(f"http://localhost:{port}/livez", timeout=5).ok
    except requests.RequestException:
        return False


def _worker_answered(folder: Path, question: str) -> bool:
    answer = folder / ANSWER
    return answer.exists() and answer.read_text() == question
