"""A second factor: something that the person has answers for what the first one asks.

A push and a picture are answered by a trusted device of the account other than the one that asks; by e-mail the one
that asks brings the code. A challenge lives two minutes and is settled once, under the account's row and its own.
"""

import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from freedom_id.domain.devices import Asking, give_trust, hold_account, is_named
from freedom_id.domain.dispatch import dispatch_on_commit
from freedom_id.domain.events import record_event
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.one_time_codes import request_code, verify_code
from freedom_id.domain.rate_limits import TWO_STEP_REQUESTS, spend_allowance
from freedom_id.enums import ChallengeState, CredentialType, EventAction, TwoStepMethod
from freedom_id.errors import FreedomIdError, InvalidFields
from freedom_id.models import Account, Credential, Device, PartnerClient, TokenFamily, TwoStepChallenge
from freedom_id.models.two_step_challenge import MAX_WRONG_PROOFS
from freedom_id.sealing import digest
from freedom_id.tasks import task_deliver_push

LIFETIME = timedelta(seconds=120)
PICTURE_SECONDS = 30


class ChallengeUnknown(FreedomIdError):
    code = None
    error = "invalid_request"
    http_status = 404
    message = "The account has no such challenge."


class ChallengeClosed(FreedomIdError):
    code = None
    error = "access_denied"
    http_status = 410
    message = "The challenge was answered already, or has expired."


class NobodyAnswers(InvalidFields):
    def __init__(self) -> None:
        super().__init__({"method": ["The account has nothing that could answer by this method."]})


class NotTheApprover(FreedomIdError):
    code = None
    error = "access_denied"
    http_status = 403
    message = "Only another trusted device of the account answers."


class ProofWrong(FreedomIdError):
    """The number, picture or code is wrong; the third time `declined` says that the challenge is over."""

    code = None
    error = "access_denied"
    http_status = 422
    message = "The proof is wrong."

    def __init__(self, *, declined: bool) -> None:
        super().__init__()
        self.declined = declined


@dataclass(frozen=True)
class Asked:
    """Who asks (a client, by a family of tokens or by itself), from which device, for which client and act. The names
    of the device are shown to the person and not believed; `ip` is what the server saw."""

    account: Account
    asking_client: PartnerClient
    client: PartnerClient
    family: TokenFamily | None
    device: Device | None
    device_model: str
    device_model_name: str
    act: str
    ip: str
    locale: str


@dataclass(frozen=True)
class Answer:
    """What somebody says to a challenge: yes or no, from which device by which family, with which proof. `trust` adds
    the device that asked to the trusted ones."""

    by: Asking
    asking_client: PartnerClient | None
    family: TokenFamily | None
    approved: bool
    device_id: str = ""
    number: int | None = None
    picture: str = ""
    code: str = ""
    trust: bool = False


def ask_second_factor(asked: Asked, method: TwoStepMethod) -> TwoStepChallenge:
    """Begin a challenge. `number` of a push is for the screen of the one who asks, and for nobody else.

    Raises RateLimited: five in a quarter of an hour for an account, and what one-time codes allow; NobodyAnswers
    without another trusted device, or without a proven e-mail address.
    """
    by_mail = method is TwoStepMethod.EMAIL
    if not (_address(asked.account) if by_mail else _approvers(asked.account, asked.device).exists()):
        raise NobodyAnswers
    spend_allowance(TWO_STEP_REQUESTS, str(asked.account.pk))
    code_id = _send_code(asked) if by_mail else None
    now = timezone.now()
    pushed = method is TwoStepMethod.NOTIFICATION
    with transaction.atomic():
        challenge = TwoStepChallenge.objects.create(
            account=asked.account,
            asking_client=asked.asking_client,
            client=asked.client,
            family=asked.family,
            device=asked.device,
            device_model=asked.device_model,
            device_model_name=asked.device_model_name,
            act=asked.act,
            ip=asked.ip,
            method=method,
            number=10 + secrets.randbelow(90) if pushed else None,
            code_id=code_id,
            created_at=now,
            expires_at=now + LIFETIME,
            push_due_at=now if pushed else None,
        )
        if pushed:
            dispatch_on_commit(task_deliver_push, challenge_id=str(challenge.pk))
    return challenge


def read_challenge(account: Account, challenge_id: UUID) -> TwoStepChallenge:
    """The challenge as it stands now; one whose time is over has expired. Raises ChallengeUnknown."""
    now = timezone.now()
    TwoStepChallenge.objects.filter(
        account=account, pk=challenge_id, state=ChallengeState.PENDING, expires_at__lte=now
    ).update(state=ChallengeState.EXPIRED, decided_at=now)
    return _own(account, challenge_id)


def open_challenges(account: Account, *, for_device: Device) -> list[TwoStepChallenge]:
    """Pushes that this trusted device may answer, the oldest first."""
    open_ = TwoStepChallenge.objects.filter(
        account=account,
        state=ChallengeState.PENDING,
        method=TwoStepMethod.NOTIFICATION,
        expires_at__gt=timezone.now(),
    )
    open_ = open_.select_related("client").defer("client__logo", "client__callback_key")
    return [row for row in open_.order_by("created_at") if row.device_id != for_device.pk]


def answer_challenge(account: Account, challenge_id: UUID, answer: Answer) -> TwoStepChallenge:
    """Settle a challenge, once. A no never trusts; the third wrong proof is one.

    Raises ChallengeUnknown, NotTheApprover, ChallengeClosed, ProofWrong, and RateLimited for codes.
    """
    challenge = _own(account, challenge_id)
    if challenge.method == TwoStepMethod.EMAIL:
        return _answer_by_code(account, challenge, answer)
    with transaction.atomic():
        challenge = _held(account, challenge_id)
        approver = _approver(challenge, answer)
        refusal = _settle(challenge, answer, approver, proven=_proves(challenge, answer))
    if refusal:
        raise refusal
    return challenge


def picture_text(challenge: TwoStepChallenge, *, ago: int = 0) -> str:
    """What the QR code says now, or so many 30-second slices ago: only the server can tell what comes next."""
    moment = int(time.time()) // PICTURE_SECONDS - ago
    return f"freedom-id:2fa:{challenge.pk}:{digest(f'{challenge.pk}:{moment}', 'two-step-picture')[:32]}"


def second_factor_is_fresh(account: Account, family: TokenFamily, *, within: timedelta) -> bool:
    """Whether the person approved by a second factor, at most `within` ago, what the tokens of this family asked."""
    now = timezone.now()
    approved = TwoStepChallenge.objects.filter(account=account, family=family, state=ChallengeState.APPROVED)
    return approved.filter(decided_at__gt=now - within, decided_at__lte=now).exists()


def _send_code(asked: Asked) -> UUID:
    address = _address(asked.account)
    if address is None:
        raise NobodyAnswers
    return request_code(address, ip=asked.ip, locale=asked.locale, requested_by=asked.client.name)


def _answer_by_code(account: Account, challenge: TwoStepChallenge, answer: Answer) -> TwoStepChallenge:
    """The code is judged (and spent) by itself, before the challenge is held: its failures are counted either way."""
    address = _address(account)
    family_id = answer.family.pk if answer.family else None
    if answer.asking_client != challenge.asking_client or family_id != challenge.family_id:
        raise NotTheApprover
    if not challenge.is_open:
        raise ChallengeClosed
    proven = False
    if answer.approved and address and challenge.code_id:
        _outcome, owner = verify_code(address, answer.code, challenge=challenge.code_id, ip=answer.by.ip)
        proven = owner == account
    with transaction.atomic():
        challenge = _held(account, challenge.pk)
        refusal = _settle(challenge, answer, None, proven=proven)
    if refusal:
        raise refusal
    return challenge


def _settle(
    challenge: TwoStepChallenge, answer: Answer, approver: Device | None, *, proven: bool
) -> FreedomIdError | None:
    """Write the outcome on the row that is held; the refusal to raise once it is committed."""
    if not challenge.is_open:
        return ChallengeClosed()
    if not answer.approved:
        _close(challenge, ChallengeState.DECLINED, approver, answer)
        return None
    if not proven:
        challenge.wrong_proofs += 1
        challenge.save(update_fields=["wrong_proofs"])
        if challenge.wrong_proofs == MAX_WRONG_PROOFS:
            _close(challenge, ChallengeState.DECLINED, approver, answer)
        return ProofWrong(declined=challenge.state == ChallengeState.DECLINED)
    if answer.trust and approver and challenge.device:
        challenge.trusted = True
        if challenge.device.trusted_at is None:
            give_trust(challenge.device, ip=answer.by.ip)
    _close(challenge, ChallengeState.APPROVED, approver, answer)
    return None


def _close(challenge: TwoStepChallenge, state: ChallengeState, approver: Device | None, answer: Answer) -> None:
    challenge.state, challenge.decided_at, challenge.push_due_at = state, timezone.now(), None
    challenge.approving_device = approver
    challenge.save(update_fields=["state", "decided_at", "push_due_at", "approving_device", "trusted"])
    approved = state is ChallengeState.APPROVED
    action = EventAction.TWO_STEP_APPROVED if approved else EventAction.TWO_STEP_DECLINED
    record_event(challenge.account_id, action, client=challenge.client_id, ip=answer.by.ip)


def _approver(challenge: TwoStepChallenge, answer: Answer) -> Device:
    """The trusted device that answers, read anew: every reason why it is none looks alike."""
    device = answer.by.device
    found = _approvers(challenge.account, challenge.device).filter(pk=device.pk).first() if device else None
    same_tokens = answer.family is not None and answer.family.pk == challenge.family_id
    if found is None or same_tokens or not is_named(found, answer.device_id):
        raise NotTheApprover
    return found


def _approvers(account: Account, asking: Device | None) -> QuerySet[Device]:
    trusted = Device.objects.filter(account=account, trusted_at__isnull=False, signed_out_at__isnull=True)
    return trusted.exclude(pk=asking.pk) if asking else trusted


def _proves(challenge: TwoStepChallenge, answer: Answer) -> bool:
    if challenge.method == TwoStepMethod.NOTIFICATION:
        return answer.number == challenge.number
    shown = (picture_text(challenge), picture_text(challenge, ago=1))  # it was on the screen while it was scanned
    return any(hmac.compare_digest(answer.picture.encode(), text.encode()) for text in shown)


def _held(account: Account, challenge_id: UUID) -> TwoStepChallenge:
    """Always the account first, as all that gives trust does."""
    hold_account(account.pk)
    rows = TwoStepChallenge.objects.select_for_update(of=("self",), no_key=True).select_related("device")
    return rows.get(account=account, pk=challenge_id)


def _own(account: Account, challenge_id: UUID) -> TwoStepChallenge:
    challenge = TwoStepChallenge.objects.filter(account=account, pk=challenge_id).first()
    if challenge is None:
        raise ChallengeUnknown
    return challenge


def _address(account: Account) -> Identifier | None:
    """Her main e-mail address."""
    mails = Credential.objects.verified().filter(account=account, type=CredentialType.EMAIL, is_primary=True)
    mail = mails.first()
    return Identifier(CredentialType.EMAIL, mail.value) if mail else None
