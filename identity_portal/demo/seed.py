"""People, partners and a little history. Idempotent: passwords and secrets are drawn once and kept in `demo.json`,
because the database holds only their digests."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings

from freedom_id.domain.accounts import account_for, register_account
from freedom_id.domain.asked_data import open_points
from freedom_id.domain.client_registration import NewClient, register_client
from freedom_id.domain.client_secrets import rotate_secret, secret_matches
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.staff import role_named
from freedom_id.models import Account, PartnerClient
from identity_portal.demo import cast
from identity_portal.demo.consent_history import seed_consent_history
from identity_portal.demo.history import seed_history
from identity_portal.demo.purposes import seed_purposes
from identity_portal.demo.staff_apps import seed_app

Seeded = dict[str, Any]


def seed(path: Path) -> Seeded:
    """Make everything that is missing and return what `path` (mode 600) says afterwards."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    passwords = {row["email"]: row["password"] for row in [*kept.get("staff", []), *kept.get("persons", [])]}
    former = {row["name"]: row["secret"] for row in kept.get("partners", [])}
    seeded = {
        "base_url": settings.PUBLIC_URL,
        "issuer": settings.FREEDOM_ID["ISSUER"],
        "staff": [_seed_member(person, role, passwords) for role, person in cast.STAFF_BY_ROLE.items()],
        "persons": [_person_row(_seed_person(person, passwords), person) for person in cast.PERSONS],
        "partners": [_seed_partner(new, former.get(new.name, "")) for new in cast.partners()],
    }
    _write(path, seeded)
    seed_purposes(submitted_by="demo")
    seed_history({row["name"]: row["secret"] for row in seeded["partners"]})
    seed_consent_history()
    return seeded


def seed_walker() -> Account:
    """The account of `--check`; it has no password, it signs in by code."""
    identifiers = [parse_identifier(text) for text in cast.WALKER.identifiers]
    return account_for(identifiers[0]) or register_account(*identifiers, **cast.WALKER.fields)


def _seed_person(person: cast.Person, passwords: dict[str, str]) -> tuple[Account, str]:
    """The account and its password: the kept one, else a new one of 72 bits."""
    identifiers = [parse_identifier(text) for text in person.identifiers]
    password = passwords.get(person.identifiers[1]) or secrets.token_urlsafe(9)
    account = account_for(identifiers[0])
    if account is None:
        return register_account(*identifiers, password=password, **person.fields), password
    if not account.check_password(password):
        account.set_password(password)
        account.save(update_fields=["password"])
    return account, password


def _seed_member(person: cast.Person, role: str, passwords: dict[str, str]) -> dict[str, Any]:
    seeded = _seed_person(person, passwords)
    seeded[0].groups.add(role_named(role))
    return _staff_row(seeded, person) | {"role": role, "totp_secret": seed_app(seeded[0])}


def _seed_partner(new: NewClient, secret: str) -> dict[str, Any]:
    client = PartnerClient.objects.filter(name=new.name).order_by("pk").first()
    if client is None:
        client, secret = register_client(new)
    else:
        open_points(client)
        if not secret_matches(secret, client.client_secret):
            secret = rotate_secret(client)
    client.redirect_uris, client.revoke_uris = " ".join(new.redirect_uris), " ".join(new.revoke_uris)
    client.logo = cast.logo(new.name)
    client.save(update_fields=["redirect_uris", "revoke_uris", "logo", "updated"])
    return {
        "id": client.pk,
        "client_id": client.client_id,
        "name": client.name,
        "secret": secret,
        "redirect_uris": list(new.redirect_uris),
        "grants": client.grants,
        "required_grants": client.required_grants,
    }


def _staff_row(seeded: tuple[Account, str], person: cast.Person) -> dict[str, Any]:
    phone, email = person.identifiers[:2]
    return {"phone": phone, "email": email, "password": seeded[1], "totp_secret": None}


def _person_row(seeded: tuple[Account, str], person: cast.Person) -> dict[str, Any]:
    account, _password = seeded
    about = {"name": person.name, "ssoid": account.pk, "freedom_id": str(account.freedom_id)}
    return about | _staff_row(seeded, person)


def _write(path: Path, seeded: Seeded) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(seeded, file, indent=2)
    draft.replace(path)
