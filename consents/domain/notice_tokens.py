"""What was shown, signed into the page that showed it, so that the ledger records those words and no others.

Whoever renders a notice signs it, and the decision brings the token back: within 30 minutes, from the same account, at
the same collection point, under the same binding (a session, a sign-in, one request of a partner).
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.utils.crypto import salted_hmac

from consents.errors import NoticeInvalid
from consents.models import CollectionPoint

SALT = "consents.notice"
LIFETIME = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """Which words of which purpose were on the page, and whether it said that they are needed."""

    name: str
    required: bool
    version_id: UUID
    locale: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What one page showed. `token_id` is drawn anew at every rendering; `point_version` is of the collection point."""

    token_id: UUID
    point_version: int
    notices: tuple[ShownNotice, ...]


def sign_notice(point: CollectionPoint, notices: Iterable[ShownNotice], *, account_id: Any, binding: str) -> str:
    """The token of a page that shows `notices` to this account: URL-safe text, readable by whoever holds the page.

    `binding` is what the page belongs to; the token holds a keyed digest of it.
    """
    words = [[shown.name, shown.required, str(shown.version_id), shown.locale, shown.sha256] for shown in notices]
    claims = {
        "jti": str(uuid4()),
        "for": _holder(point, account_id, binding),
        "point_version": point.version,
        "words": words,
    }
    return signing.dumps(claims, salt=SALT, compress=True)


def read_notice(token: str, *, point: CollectionPoint, account_id: Any, binding: str) -> Shown:
    """What the page of this token showed. Raises NoticeInvalid when it is missing, old, altered, or of another
    account, collection point or binding."""
    try:
        claims = signing.loads(token, salt=SALT, max_age=LIFETIME)
        if claims["for"] != _holder(point, account_id, binding):
            raise NoticeInvalid
        notices = tuple(_shown_notice(*words) for words in claims["words"])
        return Shown(UUID(claims["jti"]), claims["point_version"], notices)
    except (signing.BadSignature, LookupError, TypeError, ValueError):
        raise NoticeInvalid


def as_shown(point: CollectionPoint, shown: Shown) -> CollectionPoint:
    """The point in the version that the page showed, for the ledger to name; not to be saved."""
    then = copy(point)
    then.version = shown.point_version
    return then


def _holder(point: CollectionPoint, account_id: Any, binding: str) -> list[str]:
    return [str(point.pk), str(account_id), salted_hmac(SALT, binding, algorithm="sha256").hexdigest()]


def _shown_notice(name: str, required: bool, version_id: str, locale: str, sha256: str) -> ShownNotice:
    return ShownNotice(name, required, UUID(version_id), locale, sha256)
