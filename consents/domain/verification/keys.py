"""What proves a signature: the published keys, and, apart from them, keys that were revoked since they signed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from consents.conf import conf
from consents.domain.receipt_verification import TYP, claims_of, key_id_of, proven_claims

HEARD_WITHIN = timedelta(minutes=2)  # until every process knows that a key was revoked, and signs by another


@dataclass(frozen=True)
class Revoked:
    """A key that was revoked, when, and how many signatures of it were found that are from before."""

    kid: str
    revoked_at: datetime
    signatures: int


@dataclass
class Keys:
    """`published` is None where nobody says which keys there are: signatures are not checked, then."""

    published: Sequence[Mapping[str, Any]] | None
    revoked: Mapping[str, tuple[Mapping[str, Any], datetime]]
    found: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of_site(cls) -> "Keys":
        published = conf.public_keys() if conf.public_keys else None
        revoked = conf.revoked_keys() if conf.revoked_keys else ()
        return cls(published, {key["kid"]: (key, revoked_at) for key, revoked_at in revoked})

    def proven(self, jws: str, *, signed_at: datetime, typ: str = TYP) -> dict[str, Any]:
        """The payload of a compact JWS. One by a revoked key, from before its revocation, is checked and counted: what
        it says is proven by the rows that it tells of, not by it. Raises ReceiptInvalid."""
        if self.published is None:
            return claims_of(jws)
        kid = key_id_of(jws, typ=typ)
        key, revoked_at = self.revoked.get(kid, ({}, None))
        if revoked_at is None or signed_at > revoked_at + HEARD_WITHIN:
            return proven_claims(jws, self.published, typ=typ)
        claims = proven_claims(jws, [key], typ=typ)
        self.found[kid] += 1
        return claims

    def found_revoked(self) -> list[Revoked]:
        """Of the revoked keys those that signed something, the latest revoked first."""
        found = [Revoked(kid, self.revoked[kid][1], number) for kid, number in self.found.items()]
        return sorted(found, key=lambda key: key.revoked_at, reverse=True)
