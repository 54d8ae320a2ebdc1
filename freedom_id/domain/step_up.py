"""Fresh proof: what opens or closes ways into an account needs more than a token that is about."""

from datetime import datetime, timedelta

from django.utils import timezone

from freedom_id.domain.devices import signed_in_at
from freedom_id.domain.two_step import second_factor_is_fresh
from freedom_id.enums import CodePurpose, ProofType
from freedom_id.errors import FreedomIdError
from freedom_id.models import (
    Account,
    Authenticator,
    BrowserSignIn,
    Credential,
    OneTimeCode,
    PartnerClient,
    Passkey,
    TokenFamily,
)

FRESH = timedelta(minutes=5)


class FreshProofNeeded(FreedomIdError):
    """The sign-in is too long ago, or a second proof is missing."""

    http_status = 403
    message = "A fresh sign-in or a second proof is needed."


def require_fresh_proof(account: Account, client: PartnerClient, family: TokenFamily) -> None:
    """The person signed in for these tokens at most five minutes ago; and, if she has more than one kind of proof, a
    code of the purpose `step_up` that this client asked was verified as lately, or a second factor approved what these
    tokens asked, or she showed a second proof where she signed in. Raises FreshProofNeeded."""
    since = timezone.now() - FRESH
    if signed_in_at(family) < since:
        raise FreshProofNeeded("old sign-in")
    by_code, by_approval = _stepped_up(account, client, since), second_factor_is_fresh(account, family, within=FRESH)
    if not (by_code or by_approval or _stepped_up_there(family, since)) and len(proofs_of(account)) > 1:
        raise FreshProofNeeded("no step-up")


def require_fresh_sign_in(account: Account, sign_in: BrowserSignIn) -> None:
    """The same on our own pages: the person signed in here at most five minutes ago; and, if she has more than one kind
    of proof, she showed a second one as lately. Raises FreshProofNeeded."""
    since = timezone.now() - FRESH
    if sign_in.started_at < since:
        raise FreshProofNeeded("old sign-in")
    stepped_up = sign_in.stepped_up_at is not None and sign_in.stepped_up_at >= since
    if not stepped_up and len(proofs_of(account)) > 1:
        raise FreshProofNeeded("no step-up")


def proofs_of(account: Account) -> set[ProofType]:
    """The kinds of proof that the account has."""
    kinds = {
        ProofType(kind) for kind in Credential.objects.verified().filter(account=account).values_list("type", flat=True)
    }
    used = Authenticator.objects.filter(account=account, verified_at__isnull=False)
    kinds |= {ProofType(kind) for kind in used.values_list("type", flat=True)}
    if Passkey.objects.filter(account=account).exists():
        kinds.add(ProofType.PASSKEY)
    return kinds | ({ProofType.PASSWORD} if account.has_usable_password() else set())


def _stepped_up(account: Account, client: PartnerClient, since: datetime) -> bool:
    codes = OneTimeCode.objects.filter(account=account, client=client, purpose=CodePurpose.STEP_UP)
    return codes.filter(consumed_at__gte=since).exists()


def _stepped_up_there(family: TokenFamily, since: datetime) -> bool:
    if family.sign_in_id is None:
        return False
    return BrowserSignIn.objects.filter(pk=family.sign_in_id, stepped_up_at__gte=since).exists()
