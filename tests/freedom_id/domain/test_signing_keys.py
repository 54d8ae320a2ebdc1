from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from freedom_id.domain import signing_keys
from freedom_id.domain.rfc9068_access_token import read_jti, sign_access_token
from freedom_id.domain.signing_keys import (
    PUBLISHED_BEFORE_USE,
    _drawn,
    activate_published_keys,
    ensure_signing_key,
    forget_keys,
    public_key,
    public_keys,
    publish_next_key,
    revoke_signing_key,
    rotate_signing_keys,
    sign,
)
from freedom_id.enums import KeyState
from freedom_id.models import SigningKey
from tests.freedom_id.domain.at_once import at_once

pytestmark = pytest.mark.django_db
CLAIMS: dict[str, Any] = {
    "sub": "s", "client_id": "c", "jti": "jti", "scope": "openid", "issued_at": 1, "expires_at": 2, "auth_time": 1
}  # fmt: skip


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


def kid_that_signs(algorithm: str = "ES256") -> str:
    return str(jws.extract_compact(sign({}, typ="JWT", algorithm=algorithm).encode()).headers()["kid"])


def test_the_next_key_is_published_for_the_life_of_every_cache_before_it_signs() -> None:
    """security.md T12"""
    with time_machine.travel("2026-03-01T00:00:00Z", tick=False) as clock:
        old = ensure_signing_key()
        following = publish_next_key()
        assert publish_next_key() == following
        assert {key["kid"] for key in public_keys()} == {old.kid, following.kid}
        clock.shift(PUBLISHED_BEFORE_USE - timedelta(seconds=1))
        assert activate_published_keys() == []
        assert kid_that_signs() == old.kid
        clock.shift(1)
        assert activate_published_keys() == [following]
        assert kid_that_signs() == following.kid
        assert {key["kid"] for key in public_keys()} == {old.kid, following.kid}
        assert activate_published_keys() == []
    old.refresh_from_db()
    following.refresh_from_db()
    assert (old.state, following.state) == (KeyState.RETIRED, KeyState.SIGNING)
    assert old.retired_at == following.activated_at


def test_the_worker_replaces_a_key_of_ninety_days() -> None:
    with time_machine.travel("2026-03-01T00:00:00Z", tick=False) as clock:
        old = ensure_signing_key()
        clock.shift(timedelta(days=90, seconds=-1))
        rotate_signing_keys()
        assert SigningKey.objects.count() == 1
        clock.shift(1)
        rotate_signing_keys()
        rotate_signing_keys()
        assert SigningKey.objects.filter(state=KeyState.PUBLISHED).count() == 1
        clock.shift(PUBLISHED_BEFORE_USE)
        rotate_signing_keys()
        assert kid_that_signs() != old.kid
        assert SigningKey.objects.count() == 2


def test_a_token_of_a_retired_key_is_live_and_one_of_a_revoked_key_is_nothing() -> None:
    token = sign_access_token(**CLAIMS)
    old = SigningKey.objects.get()
    publish_next_key()
    SigningKey.objects.filter(state=KeyState.PUBLISHED).update(created_at=timezone.now() - PUBLISHED_BEFORE_USE)
    activate_published_keys()
    assert read_jti(token) == "jti"
    assert revoke_signing_key(old.kid) is None
    assert read_jti(token) is None
    assert old.kid not in {key["kid"] for key in public_keys()}
    assert SigningKey.objects.get(kid=old.kid).private_jwk == ""


def test_a_revoked_key_that_signed_is_followed_at_once() -> None:
    leaked = ensure_signing_key()
    assert kid_that_signs() == leaked.kid
    successor = revoke_signing_key(leaked.kid)
    assert successor is not None
    assert kid_that_signs() == successor.kid
    assert [key["kid"] for key in public_keys()] == [successor.kid]
    with pytest.raises(SigningKey.DoesNotExist):
        revoke_signing_key(leaked.kid)
    following = publish_next_key()
    assert revoke_signing_key(successor.kid) == following  # the published one signs now, though caches lack it


def test_no_kid_looks_like_an_option_of_a_command() -> None:
    """One thumbprint in 64 begins with a dash."""
    assert not [kid for _number in range(400) if (kid := _drawn("ES256").thumbprint()).startswith("-")]


def test_each_algorithm_has_its_own_key() -> None:
    """RS256 for clients that registered it"""
    token = sign({"a": 1}, typ="JWT", algorithm="RS256")
    kid = kid_that_signs("RS256")
    [public] = [key for key in public_keys() if key["kid"] == kid]
    assert (public["kty"], public["alg"], set(public) & {"d", "p", "q"}) == ("RSA", "RS256", set())
    assert jws.deserialize_compact(token, RSAKey.import_key(public), algorithms=["RS256"]).headers()["kid"] == kid
    assert kid_that_signs("ES256") != kid


def test_a_key_of_another_process_is_looked_for_before_its_token_is_refused() -> None:
    kid = ensure_signing_key_elsewhere()
    assert public_key(kid) is None  # rows are read for strangers' ids once a second at most
    signing_keys._known["read_at"] -= 1
    assert (public_key(kid) or {})["kid"] == kid


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_eight_workers_end_a_rotation_once() -> None:
    ensure_signing_key()
    publish_next_key()
    SigningKey.objects.filter(state=KeyState.PUBLISHED).update(created_at=timezone.now() - PUBLISHED_BEFORE_USE)
    ended = at_once([activate_published_keys] * 8)
    assert sum(len(keys) for keys in ended) == 1
    assert sorted(SigningKey.objects.values_list("state", flat=True)) == [KeyState.RETIRED, KeyState.SIGNING]


def command(*arguments: str) -> str:
    said = StringIO()
    call_command("rotate_signing_keys", *arguments, stdout=said)
    return said.getvalue()


def test_the_command_says_what_it_did_and_what_comes() -> None:
    with time_machine.travel("2026-03-01T00:00:00Z", tick=False) as clock:
        leaked = ensure_signing_key()
        assert "is published and signs from 2026-03-01 01:01 UTC" in command()
        assert "signs from" in command()
        clock.shift(PUBLISHED_BEFORE_USE)
        assert "signs now" in command()
        assert f"{leaked.kid} is revoked" in command("--revoke", leaked.kid)
        assert "signs now" in command("--revoke", kid_that_signs())
        with pytest.raises(CommandError):
            command("--revoke", leaked.kid)
