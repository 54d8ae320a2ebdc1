"""The ways into an account, as the person herself adds, proves, lists and removes them: numbers, addresses, the
password. (What an app or a sheet of paper proves: `authenticators`; what another provider: `federated_ids`.)"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Value
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from freedom_id.domain.accounts import sign_out_everywhere
from freedom_id.domain.events import record_event
from freedom_id.domain.factor_recovery import stop_recovery
from freedom_id.domain.identifiers import Identifier, mask_federated
from freedom_id.domain.notices import queue_notices
from freedom_id.domain.one_time_codes import retire_codes, spend_proof
from freedom_id.domain.restore_journal import note
from freedom_id.domain.staff_proof import has_strong_proof, require_staff_proof
from freedom_id.domain.step_up import FreshProofNeeded, require_fresh_proof, require_fresh_sign_in
from freedom_id.enums import AccountStatus, CredentialType, EndReason, EventAction, JournalKind, NoticeKind, ProofType
from freedom_id.errors import AccountUnavailable, FreedomIdError, IdentifierTaken, InvalidFields
from freedom_id.models import (
    Account,
    Authenticator,
    BrowserSignIn,
    Credential,
    FederatedId,
    PartnerClient,
    Passkey,
    PasskeyChallenge,
    SignUp,
    TokenFamily,
)
from freedom_id.sealing import token_digest

PASSWORD_NUMBER = 0  # an account has one password at most, and its hash is on the account
LONGEST_PASSWORD = 4096  # bytes; hashing more is work for whoever asks for it
ACTIONS = {
    NoticeKind.ADDED: EventAction.CREDENTIAL_ADDED,
    NoticeKind.REMOVED: EventAction.CREDENTIAL_REMOVED,
    NoticeKind.CHANGED: EventAction.CREDENTIAL_MAIN,
}


class UnknownCredential(FreedomIdError):
    """There is none with this number, or it is somebody else's."""

    http_status = 404
    message = "There is no such credential."


class LastCredential(FreedomIdError):
    """Without it nobody could sign in to the account any more."""

    http_status = 409
    message = "This is the last way to sign in."


class ProofSpent(FreedomIdError):
    """The one-time code did not prove this, not lately, or it was used already."""

    http_status = 410
    message = "The proof is missing, old or used."


@dataclass(frozen=True, slots=True)
class PersonsAct:
    """A person who acts on her account through the tokens that `family` gave to `client`, or at our own pages, where
    she signed in by `sign_in`."""

    account: Account
    client: PartnerClient | None
    family: TokenFamily | None
    ip: str
    sign_in: BrowserSignIn | None = None

    def require_fresh_proof(self) -> None:
        if has_strong_proof(self.account):
            require_staff_proof(self.sign_in)
        elif self.sign_in is not None:
            require_fresh_sign_in(self.account, self.sign_in)
        elif self.client is not None and self.family is not None:
            require_fresh_proof(self.account, self.client, self.family)
        else:
            raise FreshProofNeeded("nothing was shown")

    def lock_account(self) -> None:
        """Her acts on her credentials queue here. Raises AccountUnavailable when the account is not active any more."""
        rows = Account.objects.select_for_update(no_key=True).filter(pk=self.account.pk, status=AccountStatus.ACTIVE)
        if not rows.values_list("pk", flat=True).first():
            raise AccountUnavailable

    def record(self, kind: NoticeKind, about: ProofType, contact: Identifier | None = None) -> None:
        """The journal's line and the notices, in the caller's transaction."""
        record_event(self.account, ACTIONS[kind], client=self.client, ip=self.ip)
        queue_notices(self.account, kind, about, contact)


@dataclass(frozen=True, slots=True)
class ListedCredential:
    """`masked` is None where there is no value to recognise, of a passkey its name; `verified_at` None until it is
    proven. When a password was set is not known."""

    number: int
    type: ProofType
    masked: str | None
    verified_at: datetime | None
    created_at: datetime | None

    @property
    def is_active(self) -> bool:
        return self.type is ProofType.PASSWORD or self.verified_at is not None


def list_credentials(account: Account) -> list[ListedCredential]:
    """Everything that the account has, the password first, then by age; four queries."""
    listed = [
        ListedCredential(row.number, ProofType(row.type), identifier_of(row).masked, row.verified_at, row.created_at)
        for row in Credential.objects.filter(account=account).order_by("created_at", "pk")
    ]
    listed += [
        ListedCredential(row.number, ProofType(row.type), None, row.verified_at, row.created_at)
        for row in Authenticator.objects.filter(account=account).defer("secret").order_by("created_at", "pk")
    ]
    listed += [
        ListedCredential(
            row.number, ProofType(row.type), mask_federated(row.value) or None, row.verified_at, row.created_at
        )
        for row in FederatedId.objects.filter(account=account).order_by("created_at", "pk")
    ]
    listed += [
        ListedCredential(row.number, ProofType.PASSKEY, row.name or None, row.created_at, row.created_at)
        for row in Passkey.objects.filter(account=account).order_by("created_at", "pk")
    ]
    password = ListedCredential(PASSWORD_NUMBER, ProofType.PASSWORD, None, None, None)
    return [password, *listed] if account.has_usable_password() else listed


def identifier_of(row: Credential | SignUp) -> Identifier:
    return Identifier(CredentialType(row.type), row.value)


def type_of(account: Account, number: int) -> ProofType:
    """Of what the account has under this number, except the password, also of a passkey that was begun. Raises
    UnknownCredential."""
    named = {"account": account, "number": number}
    contacts = Credential.objects.filter(**named).values_list("type")
    authenticators = Authenticator.objects.filter(**named).values_list("type")
    federated = FederatedId.objects.filter(**named).values_list("type")
    passkey = Value(ProofType.PASSKEY.value)
    made, begun = (model.objects.filter(**named).values_list(passkey) for model in (Passkey, PasskeyChallenge))
    for (found,) in contacts.union(authenticators, federated, made, begun):
        return ProofType(found)
    raise UnknownCredential


def claim_contact(act: PersonsAct, identifier: Identifier) -> int:
    """Note a number or address that the person says is hers; its number. It is nothing until she proves it, and takes
    the place of an earlier one that she did not prove. Whether somebody has it is not told.

    Raises FreshProofNeeded, AccountUnavailable, and IdentifierTaken when it is in her own list.
    """
    act.require_fresh_proof()
    with transaction.atomic():
        act.lock_account()
        hers = Credential.objects.filter(account=act.account)
        if hers.filter(value_index=identifier.index).exists():
            raise IdentifierTaken
        hers.filter(type=identifier.type, verified_at=None).delete()
        return Credential.objects.create(
            account=act.account, type=identifier.type, value=identifier.value, value_index=identifier.index
        ).number


def prove_contact(act: PersonsAct, number: int, *, otp_id: UUID) -> None:
    """The person proved the claim by the one-time code `otp_id`, which is spent, also on a value that turns out to be
    somebody else's. What others claimed of it without proof is dropped. Proving again changes nothing.

    Raises UnknownCredential, ProofSpent, AccountUnavailable, and IdentifierTaken when somebody else proved it before.
    """
    with transaction.atomic():
        act.lock_account()
        claim = Credential.objects.filter(account=act.account, number=number).first()
        if claim is None:
            raise UnknownCredential
        if claim.verified_at is not None:
            return
        if not spend_proof(otp_id, account=act.account, client=act.client, index=claim.value_index):
            raise ProofSpent
        proven = _settle(act, claim)
    if not proven:  # raised here: the proof stays spent
        raise IdentifierTaken


def make_main(act: PersonsAct, number: int) -> None:
    """A proven number or address becomes the main one of its type. Again changes nothing.

    Raises FreshProofNeeded, AccountUnavailable, and UnknownCredential, also for what is not proven.
    """
    act.require_fresh_proof()
    with transaction.atomic():
        act.lock_account()
        hers = Credential.objects.verified().filter(account=act.account)
        contact = hers.filter(number=number).first()
        if contact is None:
            raise UnknownCredential
        if contact.is_primary:
            return
        hers.filter(type=contact.type, is_primary=True).update(is_primary=False)
        hers.filter(pk=contact.pk).update(is_primary=True)
        act.record(NoticeKind.CHANGED, ProofType(contact.type), identifier_of(contact))


def remove_credential(act: PersonsAct, number: int) -> None:
    """Remove any credential. A main number or address hands over to the next of its type.

    Raises FreshProofNeeded, AccountUnavailable, UnknownCredential, and LastCredential for the last proven number or
    address, without which neither a code nor the password signs in, and for a passkey that is all there is.
    """
    act.require_fresh_proof()
    if number == PASSWORD_NUMBER:
        _remove_password(act)
        return
    with transaction.atomic():
        act.lock_account()
        note(JournalKind.CREDENTIAL_REMOVED, account=act.account.pk, number=number)
        contact = Credential.objects.filter(account=act.account, number=number).first()
        if contact is not None:
            _remove_contact(act, contact)
            return
        held = _unreachable(act.account, number)
        if held is None:
            _remove_passkey(act, number)
            return
        held.delete()
        if held.type == ProofType.TOTP:
            stop_recovery(act.account, ip=act.ip)
        if held.verified_at is not None:
            act.record(NoticeKind.REMOVED, ProofType(held.type))


def set_password(act: PersonsAct, password: str) -> int:
    """Give the account its password, or another one; its number. All other sessions, codes and tokens end.

    Raises FreshProofNeeded, AccountUnavailable, and InvalidFields for a password that is too short, long or common.
    """
    act.require_fresh_proof()
    require_good_password(password, act.account)
    with transaction.atomic():
        act.lock_account()
        _replace_password(act, make_password(password), NoticeKind.ADDED)
    return PASSWORD_NUMBER


def _unreachable(account: Account, number: int) -> Authenticator | FederatedId | None:
    """What the account has under this number that nobody can be reached at, passkeys excepted."""
    authenticator = Authenticator.objects.filter(account=account, number=number).first()
    return authenticator or FederatedId.objects.filter(account=account, number=number).first()


def _remove_passkey(act: PersonsAct, number: int) -> None:
    passkeys = Passkey.objects.filter(account=act.account)
    if not passkeys.filter(number=number).exists():
        raise UnknownCredential
    others = passkeys.exclude(number=number)
    if not others.exists() and not Credential.objects.verified().filter(account=act.account).exists():
        raise LastCredential
    passkeys.filter(number=number).delete()
    act.record(NoticeKind.REMOVED, ProofType.PASSKEY)


def _remove_password(act: PersonsAct) -> None:
    with transaction.atomic():
        act.lock_account()
        if not Account.objects.only("password").get(pk=act.account.pk).has_usable_password():
            raise UnknownCredential
        _replace_password(act, make_password(None), NoticeKind.REMOVED)


def _replace_password(act: PersonsAct, hashed: str, kind: NoticeKind) -> None:
    Account.objects.filter(pk=act.account.pk).update(password=hashed)
    end_former_password(act.account, but=act.family)
    act.record(kind, ProofType.PASSWORD)


def end_former_password(former: Account, *, but: TokenFamily | None = None) -> None:
    """What the account `former`, read before its password was replaced, signed in by is worth nothing, after a restore
    neither: all its sessions, codes and tokens end, `but` that one. Call it in the transaction of the change."""
    note(JournalKind.PASSWORD_ENDED, account=former.pk, password=token_digest(former.password))
    sign_out_everywhere(former, reason=EndReason.SIGNED_OUT, but=but)


def require_good_password(password: str, account: Account) -> None:
    """Raise InvalidFields for `value` when the password is too short, long or common, or like the account's names."""
    with translation.override("en"):
        errors = password_faults(password, account)
    if errors:
        raise InvalidFields({"value": errors})


def password_faults(password: str, account: Account) -> list[str]:
    """What is wrong with a password, in the language of the moment; nothing for a good one."""
    longest = _("At most %(number)d bytes.") % {"number": LONGEST_PASSWORD}
    faults = [longest] if len(password.encode()) > LONGEST_PASSWORD else []
    try:
        validate_password(password[:LONGEST_PASSWORD], account)
    except ValidationError as error:
        faults += error.messages
    return faults


def _settle(act: PersonsAct, claim: Credential) -> bool:
    """Whose it is, now that the claim is proven: all claims of the value queue on their rows, in one order."""
    claims = list(Credential.objects.select_for_update().filter(value_index=claim.value_index).order_by("pk"))
    if claim not in claims or any(other.verified_at for other in claims):
        return False
    main = Credential.objects.filter(account=act.account, type=claim.type, is_primary=True)
    claim.verified_at, claim.is_primary = timezone.now(), not main.exists()
    claim.save(update_fields=["verified_at", "is_primary"])
    Credential.objects.filter(pk__in=[other.pk for other in claims if other != claim]).delete()
    act.record(NoticeKind.ADDED, ProofType(claim.type), identifier_of(claim))
    return True


def _remove_contact(act: PersonsAct, contact: Credential) -> None:
    others = Credential.objects.verified().filter(account=act.account).exclude(pk=contact.pk)
    if contact.verified_at is not None and not others.exists():
        raise LastCredential
    contact.delete()
    retire_codes(act.account, contact.value_index)
    heir = others.filter(type=contact.type).order_by("created_at", "pk").first() if contact.is_primary else None
    if heir is not None:
        heir.is_primary = True
        heir.save(update_fields=["is_primary"])
    if contact.verified_at is not None:
        act.record(NoticeKind.REMOVED, ProofType(contact.type), identifier_of(contact))
