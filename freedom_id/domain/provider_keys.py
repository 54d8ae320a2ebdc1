"""The keys by which identity providers sign (RFC 7517), read from the addresses of FREEDOM_ID["IDENTITY_PROVIDERS"]."""

import logging
import time
from threading import Lock

import orjson
import requests
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK

from freedom_id.errors import FreedomIdError
from freedom_id.outbound import AddressRefused, fetch

logger = logging.getLogger(__name__)
LIFETIME_SECONDS = 3600  # of what was read; a key that the provider takes back is good no longer
REST_SECONDS = 30  # between two readings of one provider in a process, whatever came of the first
KEY_TYPES = ("RSA", "EC")


class ProviderUnavailable(FreedomIdError):
    """The keys of the provider cannot be read now."""

    error = "temporarily_unavailable"
    http_status = 503
    message = "The identity provider does not answer."
    retry_after = REST_SECONDS


class PublishedKeys:
    """What one provider published, as far as this process knows."""

    def __init__(self) -> None:
        self._reading = Lock()
        self._found: dict[str, JWK] = {}
        self._read_at = self._asked_at = float("-inf")

    def fresh(self) -> dict[str, JWK]:
        return self._found if time.time() < self._read_at + LIFETIME_SECONDS else {}

    def read(self, jwks_uri: str) -> None:
        """Ask the provider, unless it was asked a moment ago. Who comes meanwhile waits for that answer."""
        with self._reading:
            if time.time() < self._asked_at + REST_SECONDS:
                return
            self._asked_at = time.time()
            found = _published(jwks_uri)
            if found:
                self._found, self._read_at = found, time.time()


_known: dict[str, PublishedKeys] = {}


def key_of(jwks_uri: str, kid: str) -> JWK | None:
    """The provider's key of this name, None if it has none. Its keys are read once an hour, and before that for a name
    that is not among them, at most every 30 s; nobody waits longer than 5 s.

    Raises ProviderUnavailable when none are known and none can be read.
    """
    keys = _known.setdefault(jwks_uri, PublishedKeys())
    if kid not in keys.fresh():
        keys.read(jwks_uri)
    fresh = keys.fresh()
    if not fresh:
        raise ProviderUnavailable
    return fresh.get(kid)


def forget_provider_keys() -> None:
    """Read them anew at the next use."""
    _known.clear()


def _published(jwks_uri: str) -> dict[str, JWK]:
    """By name; {} when nothing could be read. What is no public key is left out; one for another `use` verifies nothing
    (jwcrypto)."""
    try:
        answer = fetch(jwks_uri)
        document = orjson.loads(answer.body) if answer.status == 200 else None
    except (AddressRefused, requests.RequestException, ValueError) as error:
        logger.warning("the keys of an identity provider were not read: %s", type(error).__name__)
        return {}
    entries = document.get("keys") if isinstance(document, dict) else None
    found = [_key(entry) for entry in entries] if isinstance(entries, list) else []
    return {key["kid"]: key for key in found if key is not None}


def _key(entry: object) -> JWK | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("kty") not in KEY_TYPES:
        return None
    try:
        return JWK(**entry)
    except (JWException, ValueError, TypeError):
        return None
