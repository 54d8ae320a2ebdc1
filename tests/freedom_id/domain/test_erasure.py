"""Who is forgotten in the ledger is connected to nobody: tokens, codes and open requests end with the consents."""

from uuid import uuid4

import pytest

from consents.domain.erasure import erase_subject
from consents.domain.recording import withdraw_consents
from consents.domain.subjects import find_subject, subject_for_account
from consents.domain.verification import first_fault
from consents.enums import Actor, ErasureKind
from consents.signals import consent_withdrawn
from freedom_id.domain.profile_requests import submit_profile_request
from freedom_id.domain.tokens import live_access
from freedom_id.errors import FreedomIdError
from freedom_id.models import ProfileRequest
from tests.freedom_id.domain.acts import Pair, is_alive, pair

pytestmark = pytest.mark.django_db
KINDS = {ErasureKind.SKELETON: "GDPR article 17(3)(e)", ErasureKind.SHRED: ""}
kinds = pytest.mark.parametrize("kind", KINDS)


def erase(a: Pair, kind: ErasureKind) -> None:
    erase_subject(subject_for_account(a.account), kind=kind, basis=KINDS[kind], actor_ref="officer")


@kinds
def test_every_token_code_and_request_ends(kind: ErasureKind) -> None:
    a = pair()
    tokens, code = a.tokens(), a.code()
    submit_profile_request(live_access(tokens.access_token), uuid4())
    erase(a, kind)
    assert not is_alive(tokens.access_token)
    with pytest.raises(FreedomIdError):
        a.exchange(code)
    assert ProfileRequest.objects.get().state == "failed"
    assert find_subject(a.account.pk) is None
    assert first_fault() is None


@kinds
def test_a_connection_without_a_consent_ends_too(kind: ErasureKind, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that is older than the purpose `identity-provider`: no withdrawal would end it."""
    a = pair()
    tokens = a.tokens()
    with monkeypatch.context() as unheard:
        unheard.setattr(consent_withdrawn, "receivers", [])
        subject = subject_for_account(a.account)
        withdraw_consents(subject, names=None, scope_key=a.client.client_id, actor=Actor.SELF)
    assert is_alive(tokens.access_token)
    erase(a, kind)
    assert not is_alive(tokens.access_token)


@kinds
def test_others_keep_theirs(kind: ErasureKind) -> None:
    a, b = pair(), pair()
    kept = b.tokens()
    a.tokens()
    erase(a, kind)
    assert is_alive(kept.access_token)


def test_the_person_may_begin_anew_as_somebody_else() -> None:
    a = pair()
    a.tokens()
    former = subject_for_account(a.account).pk
    erase(a, ErasureKind.SHRED)
    assert is_alive(a.tokens().access_token)
    assert subject_for_account(a.account).pk != former
    assert first_fault() is None
