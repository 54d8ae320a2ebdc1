"""A second proof in a session of our own pages, for what opens or closes ways into the account (`step_up`)."""

from uuid import UUID

from django.utils import timezone

from freedom_id.domain.credentials import identifier_of
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.one_time_codes import CodeOutcome, CodeRequest, Recipient, ask_code, judge_code
from freedom_id.domain.sign_in import Attempt, prove_by_password, prove_second_factor
from freedom_id.domain.step_up import FRESH, proofs_of
from freedom_id.enums import CodePurpose, CredentialType, ProofType
from freedom_id.models import Account, BrowserSignIn, Credential, OneTimeCode


def asked_proof(account: Account, sign_in: BrowserSignIn) -> ProofType | None:
    """What the person is asked for beside what she signed in with: a code of her app, else the password after a
    one-time code, else a code to her main number or address. None when she has to sign in anew: the sign-in is too
    old to be added to, or all that she has are passkeys."""
    if sign_in.started_at < timezone.now() - FRESH:
        return None
    proofs = proofs_of(account)
    if ProofType.TOTP in proofs:
        return ProofType.TOTP
    if "otp" in sign_in.amr and ProofType.PASSWORD in proofs:
        return ProofType.PASSWORD
    reached = [kind for kind in (ProofType.MOBILE, ProofType.EMAIL) if kind in proofs]
    if "sms" in sign_in.amr:
        reached.reverse()
    return reached[0] if reached else None


def address_of(account: Account, kind: ProofType) -> Identifier:
    """The account's main number or address."""
    row = Credential.objects.main(account.pk, CredentialType(kind.value))
    if row is None:
        raise LookupError("the account has none")
    return identifier_of(row)


def send_confirmation_code(account: Account, kind: ProofType, *, ip: str, locale: str) -> UUID:
    """Queue a code to the main number or address; the challenge's id. Raises RateLimited as `ask_code` does."""
    to = address_of(account, kind)
    recipient = Recipient(account, to.channel, to.value, to.index)
    return ask_code(recipient, CodeRequest(ip, locale, purpose=CodePurpose.STEP_UP)).pk


def confirm_by_code(account: Account, sign_in: BrowserSignIn, code: str, *, challenge: UUID) -> bool:
    """Judge the code that was sent. Raises RateLimited as `judge_code` does."""
    asked = OneTimeCode.objects.filter(pk=challenge, account=account, purpose=CodePurpose.STEP_UP, client=None)
    return _confirm(sign_in, judge_code(asked, code)[0] is CodeOutcome.RIGHT)


def confirm_by_app(account: Account, sign_in: BrowserSignIn, code: str, *, ip: str) -> bool:
    """Judge a code of the app, or a recovery code. Raises RateLimited as `prove_second_factor` does."""
    return _confirm(sign_in, prove_second_factor(account, code, ip=ip))


def confirm_by_password(account: Account, sign_in: BrowserSignIn, password: str, *, ip: str) -> bool:
    """Judge the password. Raises RateLimited as `prove_by_password` does."""
    kind = ProofType.MOBILE if ProofType.MOBILE in proofs_of(account) else ProofType.EMAIL
    return _confirm(sign_in, prove_by_password(Attempt(address_of(account, kind), ip), password) == account)


def _confirm(sign_in: BrowserSignIn, right: bool) -> bool:
    if right:
        BrowserSignIn.objects.filter(pk=sign_in.pk, ended_at=None).update(stepped_up_at=timezone.now())
    return right
