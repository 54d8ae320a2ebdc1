from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.signing_keys import KINDS, activate_published_keys, due_at, publish_next_key, revoke_signing_key
from freedom_id.enums import AuditAction
from freedom_id.models import SigningKey

BY = By(command="rotate_signing_keys")


class Command(BaseCommand):
    help = (
        "Begins a rotation of the keys that sign: the next key is published now, and signs once every cache has it. "
        "The worker ends the rotation; so does running this again later."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--algorithm", choices=list(KINDS), default="ES256")
        parser.add_argument(
            "--revoke",
            metavar="KID",
            help="The emergency form: this key has leaked. Nothing that it signed is believed any more, receipts "
            "included; if it signs, another takes its place at once.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["revoke"]:
            self._revoke(options["revoke"])
        else:
            self._rotate(options["algorithm"])

    def _rotate(self, algorithm: str) -> None:
        for key in activate_published_keys():
            record(AuditAction.KEYS_ROTATED, by=BY, target=Target.of(key))
            self.stdout.write(f"{key.kid} ({key.algorithm}) signs now.")
            if key.algorithm == algorithm:
                return
        key = publish_next_key(algorithm)
        record(AuditAction.KEYS_ROTATED, by=BY, target=Target.of(key))
        self.stdout.write(f"{key.kid} ({key.algorithm}) is published and signs from {due_at(key):%Y-%m-%d %H:%M} UTC.")

    def _revoke(self, kid: str) -> None:
        try:
            with transaction.atomic():
                successor = revoke_signing_key(kid)
                record(AuditAction.KEY_REVOKED, by=BY, target=Target("freedom_id.signingkey", label=kid))
        except SigningKey.DoesNotExist:
            raise CommandError(f"No key {kid}, or it is revoked already.") from None
        self.stdout.write(f"{kid} is revoked: it is out of the JWKS, and its private half is erased.")
        if successor:
            self.stdout.write(f"{successor.kid} ({successor.algorithm}) signs now.")
