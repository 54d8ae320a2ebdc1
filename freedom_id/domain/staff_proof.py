"""How surely a member of staff is known: by a passkey, or by a password and an authenticator app. Codes by SMS and mail
prove nothing of staff; and once she has such a proof, nothing less changes the ways into her account."""

from django.utils import timezone

from freedom_id.domain.step_up import FRESH, FreshProofNeeded, proofs_of
from freedom_id.enums import ProofType
from freedom_id.models import Account, BrowserSignIn


def has_strong_proof(account: Account) -> bool:
    """Whether this is a member of staff who can prove to be herself as staff does."""
    if not account.is_staff:
        return False
    proofs = proofs_of(account)
    return ProofType.PASSKEY in proofs or {ProofType.PASSWORD, ProofType.TOTP} <= proofs


def is_strong(sign_in: BrowserSignIn | None) -> bool:
    """Whether she proved to be herself here by a passkey, or by her password and her app, for which a recovery code
    stands in. Beside a code by SMS nobody can tell afterwards whether the app was shown."""
    amr = set(sign_in.proven_by) if sign_in else set()
    return {"pop", "mfa"} <= amr or ({"pwd", "otp", "mfa"} <= amr and "sms" not in amr)


def is_fresh(sign_in: BrowserSignIn | None) -> bool:
    """Whether she did so, or showed one of these proofs again, at most five minutes ago."""
    if sign_in is None or not is_strong(sign_in):
        return False
    return (sign_in.raised_at or sign_in.started_at) >= timezone.now() - FRESH


def require_staff_proof(sign_in: BrowserSignIn | None) -> None:
    """Raises FreshProofNeeded unless the sign-in is strong and fresh; tokens, which have none, never are."""
    if not is_fresh(sign_in):
        raise FreshProofNeeded("staff")
