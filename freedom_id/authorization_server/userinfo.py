"""Claims of userinfo (OIDC Core §5.1, §5.3.2): what the person still allows, under OpenID's names."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from freedom_id.authorization_server.personal_claims import personal_claims
from freedom_id.conf import conf
from freedom_id.domain.data_reads import note_read
from freedom_id.domain.person import fields_of
from freedom_id.domain.rows import AccessRow
from freedom_id.domain.signing_keys import sign
from freedom_id.domain.tokens import live_access
from freedom_id.errors import InsufficientScope


@dataclass(frozen=True, slots=True)
class UserInfo:
    """The claims, for whom they are, and by what they are signed ("" for not at all)."""

    claims: dict[str, Any]
    client_id: str
    algorithm: str

    def signed(self) -> str:
        """§5.3.2: the claims as a JWT, which names its issuer and its audience."""
        said = {"iss": conf.issuer, "aud": self.client_id, "iat": int(timezone.now().timestamp())}
        return sign(self.claims | said, typ="JWT", algorithm=self.algorithm)


def read_userinfo(access_token: str) -> UserInfo:
    """`sub` and a claim for each live grant; claims without a value are left out (§5.3.2).

    Raises InvalidToken, AccountUnavailable, UnauthorizedClient, InsufficientScope (no `openid`).
    """
    access = live_access(access_token)
    if "openid" not in access.scope.split():
        raise InsufficientScope
    note_read(access)
    return UserInfo({"sub": access.subject, **_claims(access)}, access.client_id, access.userinfo_alg)


def _claims(access: AccessRow) -> dict[str, Any]:
    fields = fields_of(access.live_grants(timezone.now()))
    return personal_claims(access.load_person(fields), fields)
