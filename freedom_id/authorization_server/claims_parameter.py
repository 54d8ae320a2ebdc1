"""The `claims` parameter: a JSON object that asks for single claims (OIDC Core §5.5)."""

from dataclasses import dataclass
from typing import Any

import orjson

LONGEST = 4096


class MalformedClaims(ValueError):
    """The parameter is not what §5.5 says; the text tells why."""


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """§5.5.1: whether the claim is essential, and the values that would do (none: any)."""

    essential: bool
    values: list[Any]


Asked = dict[str, ClaimRequest]


def read_claims_parameter(text: str) -> tuple[Asked, Asked]:
    """What is asked of userinfo and of the ID token. Other members are passed over (§5.5). Raises MalformedClaims."""
    if len(text.encode(errors="replace")) > LONGEST:
        raise MalformedClaims(f"claims is longer than {LONGEST} bytes")
    try:
        given = orjson.loads(text)
    except ValueError:
        raise MalformedClaims("claims is not JSON") from None
    members = _object(given)
    return _asked(members, "userinfo"), _asked(members, "id_token")


def _asked(members: dict[str, Any], target: str) -> Asked:
    asked = _object(members.get(target, {}))
    return {name: _claim_request({} if wish is None else wish) for name, wish in asked.items()}


def _claim_request(wish: Any) -> ClaimRequest:
    members = _object(wish)
    essential, values = members.get("essential", False), members.get("values", [])
    if not isinstance(essential, bool) or not isinstance(values, list):
        raise MalformedClaims("claims has an essential that is not true or false, or values that are no array")
    return ClaimRequest(essential, [members["value"]] if "value" in members else values)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedClaims("claims, its members and what they ask must be objects")
    return value
