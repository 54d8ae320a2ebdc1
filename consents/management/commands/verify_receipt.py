import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consents.conf import conf
from consents.domain.receipt_verification import verify_receipt, words_match
from consents.errors import ReceiptInvalid

WAS = {
    "ConsentGiven": "was given",
    "RenewedConsentGiven": "was given",
    "ConsentRefused": "was refused",
    "ConsentWithdrawn": "was withdrawn",
}


class Command(BaseCommand):
    help = "Checks that a receipt file is signed by one of the keys and unaltered; exits with 1 when it is not."
    requires_system_checks = ()  # they would ask the database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--jwks", type=Path, help="A JWK Set (RFC 7517); without it the keys of this installation.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            claims = verify_receipt(options["file"].read_bytes(), _keys(options["jwks"]))
        except OSError as error:
            raise CommandError(str(error)) from error
        except ReceiptInvalid as error:
            raise CommandError(f"signature: invalid. {error.description}") from error
        self.stdout.write(f"signature: valid, issued by {claims.get('iss', 'nobody named')} at {claims['issued_at']}")
        for processing in claims["pii_processing"]:
            words = "" if words_match(processing) else "; the words do not have the digest that is recorded"
            for event in processing["event"]:
                said = f"{processing['purpose_type']}: {WAS[event['event_state']]}"
                self.stdout.write(f"{said}; current status unknown (as of {event['event_time']}){words}")


def _keys(path: Path | None) -> Sequence[Mapping[str, Any]]:
    if path is not None:
        try:
            keys: Sequence[Mapping[str, Any]] = json.loads(path.read_text())["keys"]
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{path} is not a JWK Set.") from error
        return keys
    if conf.public_keys is None:
        raise CommandError('Give --jwks, or set CONSENTS["PUBLIC_KEYS"].')
    return conf.public_keys()
