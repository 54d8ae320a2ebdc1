"""What we say of a person under OpenID's names (OIDC Core §5.1)."""

from collections.abc import Collection, Iterable
from typing import Any

from freedom_id.domain.person import Person, fields_of, person_of
from freedom_id.domain.tokens import TokenSet
from freedom_id.grants import CLAIMS, GRANTS
from freedom_id.models import Account

FIELDS: dict[str, tuple[str, ...]] = {
    **{CLAIMS.get(grant.field, grant.field): (grant.field,) for grant in GRANTS.values() if grant.unlocks_field},
    "name": ("firstname", "lastname"),
    "email_verified": ("email",),
    "phone_number_verified": ("phone",),
}


def grants_of_claims(names: Iterable[str]) -> set[str]:
    """The grants that let these claims be told; a name that we do not know needs none, and is never told."""
    return {f"read.{field}" for name in names for field in FIELDS.get(name, ())}


def personal_claims(person: Person, fields: Collection[str]) -> dict[str, Any]:
    """A claim for each of these fields that has a value (§5.3.2), and what follows from them."""
    claims: dict[str, Any] = {CLAIMS.get(field, field): value for field in fields if (value := person.value(field))}
    if "given_name" in claims:
        claims["name"] = " ".join(filter(None, [claims["given_name"], claims.get("family_name")]))
    for contact in ("email", "phone_number"):
        if contact in claims:
            claims[f"{contact}_verified"] = True
    return claims


def claims_for_id_token(tokens: TokenSet) -> dict[str, Any]:
    """What the client asked to have in the ID token (§5.5), as far as the person allows it."""
    asked = tokens.id_token_claims.split()
    if not asked:
        return {}
    wanted = grants_of_claims(asked)
    fields = fields_of(grant for grant in tokens.grants if grant in wanted)
    claims = personal_claims(person_of(Account.objects.get(pk=tokens.account_id), tokens.chosen), fields)
    return {name: value for name, value in claims.items() if name in asked}
