"""How surely a client wants to know who the person is (`acr`, OIDC Core §2), and the proof that raises a sign-in to it
(RFC 9470 §4)."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from freedom_id.domain.confirmation import confirm_by_app, confirm_by_password
from freedom_id.domain.passkeys import Answer, prove_by_passkey
from freedom_id.domain.step_up import proofs_of
from freedom_id.enums import ProofType
from freedom_id.models import Account, AuthorizationRequest, BrowserSignIn

ONE_FACTOR, TWO_FACTORS = ACR_VALUES = ("aal1", "aal2")  # NIST SP 800-63B
UNMET = "unmet_authentication_requirements"  # OpenID Connect Core Error Code of that name
PASSKEY_AMR = ("pop", "user", "mfa")


def acr_of(amr: Sequence[str]) -> str:
    """The level that these ways of proof (RFC 8176) reach."""
    return TWO_FACTORS if "mfa" in amr else ONE_FACTOR


def meets(request: AuthorizationRequest, sign_in: BrowserSignIn | None) -> bool:
    """Whether the sign-in is at the level that the request asks for, if it asks for one."""
    return request.acr != TWO_FACTORS or (sign_in is not None and acr_of(sign_in.proven_by) == TWO_FACTORS)


def ways_up(account: Account, sign_in: BrowserSignIn | None) -> list[ProofType]:
    """What the person can show here to reach the second level: the app beside the password, whichever of the two is
    missing, or a passkey. Nothing for who has neither app nor passkey."""
    if sign_in is None:
        return []
    proofs = proofs_of(account)
    beside = ProofType.TOTP if "pwd" in sign_in.proven_by else ProofType.PASSWORD
    ways = [beside] if {ProofType.TOTP, beside} <= proofs else []
    return [*ways, ProofType.PASSKEY] if ProofType.PASSKEY in proofs else ways


def raise_by_app(account: Account, sign_in: BrowserSignIn, code: str, *, ip: str) -> bool:
    """Judge a code of the app, or a recovery code, after a password. Raises RateLimited as `confirm_by_app` does."""
    return confirm_by_app(account, sign_in, code, ip=ip) and _raise(sign_in, "otp", "mfa")


def raise_by_password(account: Account, sign_in: BrowserSignIn, password: str, *, ip: str) -> bool:
    """Judge the password after a one-time code: with one by SMS that is two factors, mail is none (NIST SP 800-63B
    §5.1.3.1). Raises RateLimited as `confirm_by_password` does."""
    second = ["mfa"] if "sms" in sign_in.proven_by else []
    return confirm_by_password(account, sign_in, password, ip=ip) and _raise(sign_in, "pwd", *second)


def raise_by_passkey(
    account: Account, sign_in: BrowserSignIn, challenge: UUID | None, answer: Answer, *, ip: str
) -> bool:
    """Judge what a passkey answered; another person's is none. Raises RateLimited as `prove_by_passkey` does."""
    return prove_by_passkey(challenge, answer, ip=ip) == account and _raise(sign_in, *PASSKEY_AMR)


def _raise(sign_in: BrowserSignIn, *proven: str) -> bool:
    """A sign-in that ended meanwhile stays as it was."""
    amr = list(dict.fromkeys([*sign_in.proven_by, *proven]))
    live = BrowserSignIn.objects.filter(pk=sign_in.pk, ended_at=None)
    now = timezone.now()
    if not live.update(raised_amr=amr, raised_at=now, stepped_up_at=now):
        return False
    sign_in.refresh_from_db()
    return True
