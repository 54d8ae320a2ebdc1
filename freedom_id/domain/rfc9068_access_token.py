"""JWT access tokens of the standard door (RFC 9068): signed ES256, live only as long as their row."""

from typing import Any

from freedom_id.conf import conf
from freedom_id.domain.signing_keys import claims_of_own, sign

TYP = "at+jwt"


def sign_access_token(
    *,
    sub: str,
    client_id: str,
    jti: str,
    scope: str,
    issued_at: int,
    expires_at: int,
    auth_time: int | None = None,
    aud: str = "",
    actor: str = "",
) -> str:
    """RFC 9068 §2.2: the claims of the data structure; times in epoch seconds. `aud` is the issuer unless another
    client is meant, `actor` the client that acts in the person's place there (RFC 8693 §4.1). Without a person there is
    no `auth_time`."""
    return sign(
        {
            "iss": conf.issuer,
            "sub": sub,
            "aud": aud or conf.issuer,
            "client_id": client_id,
            "scope": scope,
            "jti": jti,
            "iat": issued_at,
            "exp": expires_at,
            **({} if auth_time is None else {"auth_time": auth_time}),
            **({"act": {"client_id": actor}} if actor else {}),
        },
        typ=TYP,
    )


def claims_of_access_token(token: str) -> dict[str, Any]:
    """The claims of a token that we signed, none for anything else."""
    return claims_of_own(token, typ=TYP)


def read_jti(token: str) -> str | None:
    """`jti` of a token that we signed, None for anything else. Expiry and revocation are the row's to judge."""
    jti: str | None = claims_of_access_token(token).get("jti")
    return jti
