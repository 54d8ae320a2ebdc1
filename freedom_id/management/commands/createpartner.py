import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.client_registration import NewClient, register_client
from freedom_id.enums import AuditAction, SigningAlgorithm, SubjectType
from freedom_id.errors import InvalidFields
from freedom_id.models import PartnerClient

GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")


class Command(BaseCommand):
    help = "Registers a partner and prints its credentials. The secret is shown this once and never stored."

    def add_arguments(self, parser: CommandParser) -> None:
        several: dict[str, Any] = {"action": "extend", "nargs": "+"}
        parser.add_argument("--name", required=True)
        parser.add_argument("--redirect-uri", dest="redirect_uris", **several, help="where people return to")
        parser.add_argument("--grants", **several, help="data that it may ask for, such as read.firstname")
        parser.add_argument("--required-grants", **several, help="data without which it cannot serve")
        parser.add_argument("--type", dest="client_type", choices=("confidential", "public"), default="confidential")
        parser.add_argument("--grant-type", dest="grant_types", **several, choices=GRANT_TYPES)
        parser.add_argument("--scope", dest="scopes", **several, help="scopes of the OpenID Connect door")
        parser.add_argument("--operator-scope", dest="operator_scopes", **several, help="what it may do by itself")
        parser.add_argument("--first-party", action="store_true", help="it belongs to the group")
        parser.add_argument("--native", action="store_true", help="it is an app on people's devices (PKCE required)")
        parser.add_argument("--subject-type", choices=SubjectType.values, default=SubjectType.PUBLIC.value)
        parser.add_argument("--sector-identifier", default="", help="host; partners of one sector share a pairwise sub")
        algorithms = SigningAlgorithm.values
        parser.add_argument("--id-token-signed-response-alg", choices=algorithms, default=algorithms[0])
        parser.add_argument("--userinfo-signed-response-alg", choices=algorithms, default="")
        parser.add_argument("--jwks", help="file with its public keys: it authenticates by private_key_jwt")
        parser.add_argument("--access-token-format", choices=("jwt", "opaque"), default="jwt")
        parser.add_argument("--revoke-uri", dest="revoke_uris", **several, help="where it is told that tokens ended")
        parser.add_argument("--backchannel-logout-uri", default="", help="where it is told that a sign-in ended")
        parser.add_argument("--post-logout-redirect-uri", dest="post_logout_redirect_uris", **several)
        parser.add_argument("--legal-name", default="")
        parser.add_argument("--website", default="")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                client, secret = register_client(_new_client(options))
                record(AuditAction.ADDED, by=By(command="createpartner"), target=Target.of(client))
        except InvalidFields as error:
            lines = [f"{name}: {' '.join(messages)}" for name, messages in error.errors.items()]
            raise CommandError("\n".join(lines)) from error
        made = _document(client, secret)
        if options["json"]:
            self.stdout.write(json.dumps(made, indent=2))
            return
        for name in ("id", "client_id", "client_secret"):
            self.stdout.write(f"{name}: {made[name]}")
        self.stdout.write(self.style.WARNING("Keep the secret now: it cannot be shown again."))


def _new_client(options: dict[str, Any]) -> NewClient:
    """Lists that were not given keep NewClient's defaults, except that no address is none."""
    names = [
        *("name", "client_type", "first_party", "native", "backchannel_logout_uri", "legal_name", "website"),
        *("subject_type", "sector_identifier", "id_token_signed_response_alg", "userinfo_signed_response_alg"),
        "access_token_format",
    ]
    data = ("grants", "required_grants", "grant_types", "scopes", "operator_scopes")
    addresses = ("revoke_uris", "post_logout_redirect_uris")
    given = {name: options[name] for name in (*data, *addresses) if options[name] is not None}
    if options["jwks"]:
        given |= {"jwks": _key_set(options["jwks"]), "token_endpoint_auth_method": "private_key_jwt"}
    return NewClient(redirect_uris=options["redirect_uris"] or [], **{name: options[name] for name in names}, **given)


def _key_set(path: str) -> Any:
    try:
        return json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} is no JSON document: {error}") from error


def _document(client: PartnerClient, secret: str) -> dict[str, Any]:
    return {
        "id": client.pk,
        "client_id": client.client_id,
        "client_secret": secret,
        "name": client.name,
        "redirect_uris": client.redirect_uris.split(),
        "grants": client.grants,
        "required_grants": client.required_grants,
        "scopes": client.scopes,
        "operator_scopes": client.operator_scopes,
        "grant_types": client.grant_types,
        "type": client.client_type,
    }
