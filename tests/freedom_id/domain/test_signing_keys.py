import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from freedom_id.domain.signing_keys import ensure_signing_key, forget_keys, public_keys, sign
from freedom_id.enums import KeyState
from freedom_id.models import SigningKey

pytestmark = pytest.mark.django_db


def test_a_signature_verifies_with_the_published_key_and_shows_its_kid() -> None:
    token = sign({"a": 1}, typ="JWT")
    [public] = public_keys()
    found = jws.deserialize_compact(token, ECKey.import_key(public), algorithms=["ES256"])
    assert found.headers() == {"alg": "ES256", "typ": "JWT", "kid": public["kid"]}
    assert public["kid"] == ECKey.import_key(public).thumbprint()


def test_the_published_key_has_no_private_half() -> None:
    ensure_signing_key()
    assert set(public_keys()[0]) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_a_key_that_another_process_made_meanwhile_signs() -> None:
    assert public_keys() == []  # remembered for a minute
    kid = ensure_signing_key_elsewhere()
    assert sign({}, typ="JWT")
    assert public_keys()[0]["kid"] == kid


def ensure_signing_key_elsewhere() -> str:
    """What another process does: its row is there, and nothing in this process was told."""
    row = ensure_signing_key()
    SigningKey.objects.all().delete()
    forget_keys()
    assert public_keys() == []
    row.save(force_insert=True)
    return row.kid


def test_a_rotated_key_signs_at_once_and_the_old_one_still_verifies() -> None:
    old = ensure_signing_key()
    SigningKey.objects.update(state=KeyState.RETIRED)
    new = ensure_signing_key()
    assert {key["kid"] for key in public_keys()} == {old.kid, new.kid}
    assert jws.extract_compact(sign({}, typ="JWT").encode()).headers()["kid"] == new.kid
