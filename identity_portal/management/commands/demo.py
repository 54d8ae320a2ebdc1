"""`manage.py demo`. It stands outside the demo's app, so that a portal without that app says why it refuses."""

import signal
import sys
import time
from argparse import SUPPRESS
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from identity_portal.demo.announce import announcement
from identity_portal.demo.stack import running_stack
from identity_portal.demo.stand import become_demo, held, refuse_elsewhere
from identity_portal.demo.walk import walk


class Command(BaseCommand):
    help = "Runs the whole portal with sample people and partners until Ctrl-C; --check walks through it and ends."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--check", action="store_true", help="prove over HTTP that everything works, then end")
        # Given by the first of the two processes to the second (`become_demo`).
        parser.add_argument("--broker", help=SUPPRESS)
        parser.add_argument("--temporary", action="store_true", help=SUPPRESS)

    def handle(self, *_args: Any, **options: Any) -> None:
        started = time.monotonic()
        refuse_elsewhere()
        if not options["broker"]:
            become_demo(options["port"], check=options["check"])
        for number in (signal.SIGINT, signal.SIGTERM):  # the first is ignored in a shell's background jobs
            signal.signal(number, signal.default_int_handler)
        try:
            self.check()
            with held(Path(settings.VAR_DIR), temporary=options["temporary"]):
                self._run(options, started)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
            sys.exit(130 if options["check"] else 0)

    def _run(self, options: dict[str, Any], started: float) -> None:
        with running_stack(options["port"], options["broker"]) as (children, seeded):
            if options["check"]:
                try:
                    walk(seeded, say=self.stdout.write)
                except CommandError:
                    children.require_alive()  # the end of a child says more than the step that missed it
                    raise
                self.stdout.write(self.style.SUCCESS(f"Everything works ({time.monotonic() - started:.1f} s)."))
                return
            self.stdout.write(announcement(seeded, options["broker"], seconds=time.monotonic() - started))
            self.stdout.flush()
            while True:
                children.require_alive()
                time.sleep(0.3)
