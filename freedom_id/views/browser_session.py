"""What the browser session holds: the identifier to be proven, then the sign-in. Values in it are sealed, because
sessions lie in the database."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import login, logout
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from freedom_id.client_address import client_ip
from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.consent_requests import SignIn
from freedom_id.domain.devices import DeviceFacts, end_browser_sign_in, record_sign_in
from freedom_id.domain.events import record_event
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.links import note_signed_in
from freedom_id.domain.pairwise_subjects import subject_of
from freedom_id.domain.sign_in import method_of
from freedom_id.enums import AuditAction, CredentialType, EventAction
from freedom_id.models import Account, AuthorizationRequest, BrowserSignIn
from freedom_id.sealing import seal, unseal

PENDING = "pending_identifier"
OPENING = "opening"
CHALLENGE = "challenge"
SIGN_IN_ID = "sign_in_id"
AUTHENTICATED_AT = "authenticated_at"
RAISED_AT = "raised_at"
SIGN_IN_METHOD = "sign_in_method"
FIRST_PROOF = "first_proof"
FIRST_PROOF_KEPT = timedelta(minutes=10)
CONTEXT = "freedom_id.session.pending"


def remember_identifier(request: HttpRequest, identifier: Identifier, *, opening: bool = False) -> None:
    """What is to be proven, to sign in or, `opening`, because the person wants an account."""
    request.session[PENDING] = seal(json.dumps([identifier.type, identifier.value]), CONTEXT)
    request.session[OPENING] = opening
    request.session.pop(CHALLENGE, None)


def pending_identifier(request: HttpRequest) -> Identifier | None:
    sealed = request.session.get(PENDING)
    if not sealed:
        return None
    kind, value = json.loads(unseal(sealed, CONTEXT))
    return Identifier(CredentialType(kind), value)


def is_opening(request: HttpRequest) -> bool:
    """Whether the person came to the step that she is at by wanting an account."""
    return bool(request.session.get(OPENING))


def remember_challenge(request: HttpRequest, challenge: uuid.UUID) -> None:
    request.session[CHALLENGE] = str(challenge)


def pending_challenge(request: HttpRequest) -> uuid.UUID | None:
    found = request.session.get(CHALLENGE)
    return uuid.UUID(found) if found else None


@dataclass(frozen=True)
class FirstProof:
    """Who proved to be herself by what (RFC 8176), and has yet to show a second factor."""

    account: Account
    amr: tuple[str, ...]


def remember_first_proof(request: HttpRequest, proof: FirstProof) -> None:
    """For ten minutes; it opens nothing but the question for the second factor."""
    said = [proof.account.pk, proof.amr, timezone.now().timestamp()]
    request.session[FIRST_PROOF] = seal(json.dumps(said), CONTEXT)


def pending_first_proof(request: HttpRequest) -> FirstProof | None:
    """None too once the account is blocked, or was signed out everywhere since: by another password, say."""
    sealed = request.session.get(FIRST_PROOF)
    if not sealed:
        return None
    ssoid, amr, since = json.loads(unseal(sealed, CONTEXT))
    account = Account.objects.filter(pk=ssoid).first()
    too_old = timezone.now().timestamp() - since > FIRST_PROOF_KEPT.total_seconds()
    if account is None or not account.is_active or too_old:
        return None
    ended = account.signed_out_at
    return None if ended and since <= ended.timestamp() else FirstProof(account, tuple(amr))


def sign_in(
    request: HttpRequest,
    account: Account,
    *,
    amr: Sequence[str],
    stepped_up: bool = False,
    browser_key: str,
    browser: DeviceFacts,
    proven_at: datetime | None = None,
    track_id: uuid.UUID | None = None,
) -> None:
    """Start the person's session under a new session id; whoever was signed in before is signed out. `amr` is how the
    person proved to be it (RFC 8176), `stepped_up` whether that were two proofs, `proven_at` when, if not now;
    `browser_key` by what the browser is known again, `track_id` the AuthorizationRequest that it is for."""
    if request.user.is_authenticated:
        sign_out(request)
    login(request, account, backend="freedom_id.authentication_backend.IdentifierBackend")
    request.session.cycle_key()
    sign_in_id = uuid.uuid4()
    request.session[SIGN_IN_ID] = str(sign_in_id)
    request.session[AUTHENTICATED_AT] = (proven_at or timezone.now()).timestamp()
    request.session[SIGN_IN_METHOD] = " ".join(amr)
    for key in (PENDING, OPENING, CHALLENGE, FIRST_PROOF):
        request.session.pop(key, None)
    record_event(account, EventAction.SIGNED_IN, ip=client_ip(request), method=method_of(amr), track_id=track_id)
    note_signed_in(request.GET.get("track_id") or request.POST.get("track_id") or "")
    if account.is_staff:
        record(AuditAction.STAFF_SIGNED_IN, by=By(account, ip=client_ip(request)), target=Target.of(account))
    proof: dict[str, Any] = {"amr": amr, "stepped_up": stepped_up, "proven_at": proven_at}
    record_sign_in(account, sign_in_id, key=browser_key, facts=browser, **proof)


def sign_out(request: HttpRequest) -> None:
    """End this browser's session and every token that came from it; partners are told. No consent is withdrawn."""
    sign_in_id = request.session.get(SIGN_IN_ID)
    account = request.user if isinstance(request.user, Account) else None
    logout(request)
    if sign_in_id:
        end_browser_sign_in(uuid.UUID(sign_in_id))
    if account:
        record_event(account, EventAction.SIGNED_OUT, ip=client_ip(request))
    if account and account.is_staff:
        record(AuditAction.STAFF_SIGNED_OUT, by=By(account, ip=client_ip(request)), target=Target.of(account))


def keep_raised(request: HttpRequest, raised: BrowserSignIn) -> None:
    """The sign-in was raised to a higher level: the session goes on under a new session id. When it ends, and how fresh
    it is for `prompt=login` and `max_age`, is still told from the whole sign-in."""
    assert raised.raised_at is not None  # noqa: S101 -- for the type checker
    request.session.cycle_key()
    request.session[RAISED_AT] = raised.raised_at.timestamp()
    request.session[SIGN_IN_METHOD] = " ".join(raised.proven_by)


def current_sign_in(request: HttpRequest) -> SignIn:
    """The sign-in of an authenticated request; what it is worth dates from its last raise."""
    proven_at = request.session.get(RAISED_AT, request.session[AUTHENTICATED_AT])
    return SignIn(
        account=account_of(request),
        sign_in_id=uuid.UUID(request.session[SIGN_IN_ID]),
        authenticated_at=datetime.fromtimestamp(proven_at, UTC),
        ip=client_ip(request),
    )


def authenticated_at(request: HttpRequest) -> datetime:
    return datetime.fromtimestamp(request.session[AUTHENTICATED_AT], UTC)


def is_stale(request: HttpRequest, asked: AuthorizationRequest) -> bool:
    """`prompt=login` and `max_age` (OIDC Core §3.1.2.1) want a sign-in newer than the request, or than max_age."""
    signed_in = authenticated_at(request)
    if "login" in asked.prompt.split() and signed_in < asked.created_at:
        return True
    return asked.max_age is not None and signed_in < asked.created_at - timedelta(seconds=asked.max_age)


def is_expected(request: HttpRequest, asked: AuthorizationRequest) -> bool:
    """Whether the person who is signed in is whom the client named (OIDC Core §3.1.2.1, §3.1.2.2), if it named one."""
    if asked.expected is None:
        return True
    return str(asked.expected) == subject_of(account_of(request).freedom_id, asked.client.sector_identifier)


def account_of(request: HttpRequest) -> Account:
    """The signed-in account, for views behind `signed_in`."""
    account: Any = request.user
    assert isinstance(account, Account)  # noqa: S101 -- for the type checker
    return account


def safe_next(request: HttpRequest) -> str:
    """`next` when it is a path of our own, else ""."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(target, allowed_hosts=None) and target.startswith("/")
    return target if allowed else ""
