"""Accounts and their credentials: made, changed, found, blocked."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from freedom_id.domain.authorizations import sign_out_families
from freedom_id.domain.backchannel_logout import queue_backchannel_logouts
from freedom_id.domain.devices import mark_all_signed_out
from freedom_id.domain.events import record_event
from freedom_id.domain.factor_recovery import stop_recovery
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.notices import queue_notices
from freedom_id.domain.restore_journal import note
from freedom_id.enums import AccountStatus, EndReason, EventAction, JournalKind, NoticeKind
from freedom_id.errors import IdentifierTaken
from freedom_id.models import Account, Credential, Grant, PartnerClient, TokenFamily
from freedom_id.models.account import name_index

CHANGEABLE = frozenset(
    {"firstname", "lastname", "patronymic", "date_of_birth", "gender", "country", "nationality", "locale"}
)


def register_account(*identifiers: Identifier, password: str | None = None, **personal: Any) -> Account:
    """Create an account with proven identifiers; the first of each type is its main one. `personal` are fields of
    Account. Raises IdentifierTaken when one belongs to somebody already."""
    with transaction.atomic():
        account = Account.objects.create_account(password=password, **personal)
        seen: set[str] = set()
        for identifier in identifiers:
            add_verified_credential(account, identifier, primary=identifier.type not in seen)
            seen.add(identifier.type)
    return account


def add_verified_credential(account: Account, identifier: Identifier, *, primary: bool) -> Credential:
    """Bind an identifier that the person has just proven. What was claimed of it without proof is dropped; whoever
    proves such a claim meanwhile waits on its row. Raises IdentifierTaken."""
    same = Credential.objects.filter(value_index=identifier.index)
    try:
        with transaction.atomic():
            claims = list(same.select_for_update().order_by("pk"))
            if any(claim.verified_at for claim in claims):
                raise IdentifierTaken
            same.filter(pk__in=[claim.pk for claim in claims]).delete()
            return Credential.objects.create(
                account=account,
                type=identifier.type,
                value=identifier.value,
                value_index=identifier.index,
                is_primary=primary,
                verified_at=timezone.now(),
            )
    except IntegrityError:  # somebody proved it at the same moment
        if same.verified().exists():
            raise IdentifierTaken from None
        raise


def change_person(account: Account, changes: Mapping[str, Any], *, client: PartnerClient | None, ip: str) -> None:
    """Write what the person says of herself, through `client` or at our own pages: `changes` maps names of `CHANGEABLE`
    to values that were checked at the door. Nothing to change writes nothing. Raises ValueError for any other field."""
    if not CHANGEABLE.issuperset(changes):
        raise ValueError("not a field that a person changes")
    if changes:
        with transaction.atomic():
            Account.objects.filter(pk=account.pk).update(**changes, **_name_indexes(changes))
            record_event(account, EventAction.PERSON_CHANGED, client=client, ip=ip)


def _name_indexes(changes: Mapping[str, Any]) -> dict[str, str | None]:
    return {f"{name}_index": name_index(changes[name]) for name in ("firstname", "lastname") if name in changes}


def block_account(account: Account) -> bool:
    """Block an active account. Every session and token of it fails at the next call, because each reads the status;
    she and her clients are told that she is signed out. False when it was not active."""
    with transaction.atomic():
        changed = Account.objects.filter(pk=account.pk, status=AccountStatus.ACTIVE).update(
            status=AccountStatus.BLOCKED
        )
        if changed:
            record_event(account, EventAction.BLOCKED)
            note(JournalKind.ACCOUNT_BLOCKED, account=account.pk)
            stop_recovery(account)
            queue_notices(account, NoticeKind.BLOCKED)
            queue_backchannel_logouts(TokenFamily.objects.filter(authorization__account=account, ended_at__isnull=True))
    return bool(changed)


def unblock_account(account: Account) -> bool:
    """Let a blocked account sign in again, anew: no session, code or token from before comes back to life. False when
    it was not blocked."""
    with transaction.atomic():
        changed = Account.objects.filter(pk=account.pk, status=AccountStatus.BLOCKED).update(
            status=AccountStatus.ACTIVE
        )
        if changed:
            sign_out_everywhere(account, reason=EndReason.ACCOUNT_BLOCKED)
            record_event(account, EventAction.UNBLOCKED)
            note(JournalKind.ACCOUNT_UNBLOCKED, account=account.pk)
    return bool(changed)


def sign_out_everywhere(account: Account, *, reason: EndReason, but: TokenFamily | None = None) -> None:
    """End every browser session, unredeemed code and token family of the account, `but` this one; its consents stay.
    Clients are told of each sign-in that they knew her by."""
    now = timezone.now()
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(signed_out_at=now)
        mark_all_signed_out(account, but=but)
        Grant.objects.filter(user=account, spent_at__isnull=True).update(spent_at=now, updated=now)
        families = TokenFamily.objects.filter(authorization__account=account)
        sign_out_families(families.exclude(pk=but.pk) if but else families, reason=reason)


def sign_out_by_staff(account: Account) -> None:
    """Support signs the person out everywhere."""
    with transaction.atomic():
        sign_out_everywhere(account, reason=EndReason.SIGNED_OUT)
        record_event(account, EventAction.SIGNED_OUT_BY_STAFF)


def sign_out_all_devices(account: Account, *, ip: str) -> None:
    """The person, or an operator for her, signs out everywhere: this browser and these tokens too."""
    with transaction.atomic():
        sign_out_everywhere(account, reason=EndReason.SIGNED_OUT)
        record_event(account, EventAction.DEVICE_SIGNED_OUT, ip=ip)


def credential_for(identifier: Identifier) -> Credential | None:
    """The verified credential of this identifier."""
    return Credential.objects.verified().select_related("account").filter(value_index=identifier.index).first()


def failures_of(identifier: Identifier) -> str:
    """The key under which failed proofs of this identifier are counted: its account's, so that one who has a phone and
    an address is not guessed twice as often; the identifier's own while nobody has it."""
    account = account_for(identifier)
    return failures_of_account(account.pk) if account else identifier.index


def failures_of_account(ssoid: int) -> str:
    return f"account-{ssoid}"


def account_for(identifier: Identifier) -> Account | None:
    """The account that proved this identifier, whatever its status."""
    credential = credential_for(identifier)
    return credential.account if credential else None
