"""A restored backup is brought to forget what it must forget, by the restore journal, before it serves."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from consents.domain.erasure import replay_erasure
from consents.domain.subjects import find_subject_by_id
from consents.domain.withdrawal import withdraw_standing
from consents.enums import Actor
from consents.errors import LegalHold
from freedom_id.conf import conf
from freedom_id.domain.account_erasures import erase_account
from freedom_id.domain.accounts import block_account, sign_out_everywhere, unblock_account
from freedom_id.domain.authorizations import end_authorization
from freedom_id.domain.client_secrets import end_named_secrets
from freedom_id.domain.client_status import close_client, resume_client, suspend_client
from freedom_id.domain.closing import end_account
from freedom_id.domain.journal_file import JournalFault, Line, last_line, lines
from freedom_id.domain.narrowed_clients import take_from_client
from freedom_id.domain.restore_journal import advance, locked_position, silent
from freedom_id.domain.signing_keys import revoke_signing_key
from freedom_id.domain.staff import keep_rights
from freedom_id.enums import AccountStatus, ClientStatus, EndReason, ErasureOrigin, JournalKind
from freedom_id.models import (
    Account,
    Authenticator,
    Authorization,
    Credential,
    Device,
    FederatedId,
    Grant,
    JournalLine,
    PartnerClient,
    Passkey,
    SigningKey,
    TokenFamily,
)
from freedom_id.sealing import token_digest

ACTOR_REF = "restore"
CLOCK_TOLERANCE = timedelta(minutes=5)
OPEN = (ClientStatus.ACTIVE, ClientStatus.SUSPENDED)
About = Mapping[str, Any]


@dataclass(frozen=True)
class Replayed:
    """A line that was gone through: `changed` is false where there was nothing to do; `last` is the file's last."""

    number: int
    kind: str
    changed: bool
    last: int


def replay_journal(*, since: int | None = None) -> Iterator[Replayed]:
    """Do again, in their order, the lines that this database does not know; each in a transaction with the note that it
    is known now, so it may be stopped anywhere and started again. `since` begins at an earlier line: what was done is
    not done twice.

    Raises JournalFault for a file that was altered, that lacks lines, or is of another database, and OSError.
    """
    path = conf.restore_journal
    last = last_line(path) if path else None
    if path is None or last is None:
        return
    with transaction.atomic():
        known = locked_position()
    first = min(known.number + 1, since or known.number + 1)
    for line in lines(path):
        _require_whole(line, first, known.number, known.mac)
        if line.number >= first:
            yield Replayed(line.number, line.kind, _replay(line), last.number)
            first = line.number + 1


def sign_out_everybody() -> Iterator[int]:
    """End every session, code and token: those that were rotated or ended since the backup would work again, and
    nothing tells them from the others. Yields how many accounts are done. May be stopped and started again."""
    Session.objects.all().delete()
    Account.objects.update(signed_out_at=timezone.now())
    done = 0
    while found := list(_signed_in()[:100]):
        for account in found:
            sign_out_everywhere(account, reason=EndReason.SIGNED_OUT)
        done += len(found)
        yield done


def _signed_in() -> Any:
    families = TokenFamily.objects.filter(authorization__account=OuterRef("pk"), ended_at__isnull=True)
    codes = Grant.objects.filter(user=OuterRef("pk"), spent_at__isnull=True)
    devices = Device.objects.filter(account=OuterRef("pk"), signed_out_at__isnull=True)
    return Account.objects.filter(Exists(families) | Exists(codes) | Exists(devices)).order_by("pk")


def _require_whole(line: Line, first: int, known: int, mac: str) -> None:
    """The file holds the line at which the database stood, as it was written, and none is missing before `first`."""
    if line.number == known and line.mac != mac:
        raise JournalFault(f"Line {line.number} is not the one that this database wrote.")
    if line.number > first:
        raise JournalFault(f"Lines {first} to {line.number - 1} are missing: put the earlier file before this one.")


def _replay(line: Line) -> bool:
    if line.kind not in WAYS:
        raise JournalFault(f"Line {line.number} is of a newer release.")
    with transaction.atomic(), silent():
        position = locked_position()
        written_here = JournalLine.objects.filter(key=line.key).delete()[0]
        changed = not written_here and WAYS[JournalKind(line.kind)]({**line.about, "at": line.at})
        if line.number > position.number:
            advance(position, line)
    return changed


def _block(about: About) -> bool:
    return any(block_account(account) for account in _account(about))


def _unblock(about: About) -> bool:
    return any(unblock_account(account) for account in _account(about))


def _close(about: About) -> bool:
    open_ones = [account for account in _account(about) if account.status != AccountStatus.CLOSED]
    for account in open_ones:
        end_account(account, closes_at=datetime.fromisoformat(about["closes_at"]), origin=ErasureOrigin.RESTORE)
    return bool(open_ones)


def _erase(about: About) -> bool:
    """Under a legal hold it waits in its queue for the end of that."""
    for account in _account(about):
        if account.status != AccountStatus.CLOSED:
            end_account(account, closes_at=timezone.now(), origin=ErasureOrigin.RESTORE)
        with suppress(LegalHold):
            return erase_account(account.pk)
    return False


def _end_password(about: About) -> bool:
    """Only the one that was replaced; what she chose instead is lost, so she signs in by a code and chooses anew."""
    for account in _account(about):
        if account.has_usable_password() and token_digest(account.password) == about["password"]:
            Account.objects.filter(pk=account.pk).update(password=make_password(None))
            return True
    return False


def _remove_credential(about: About) -> bool:
    named = Q(account=about["account"], number=about["number"], created_at__lte=_moment(about))
    models = (Credential, Authenticator, FederatedId, Passkey)
    return sum(model._default_manager.filter(named).delete()[0] for model in models) > 0


def _keep_rights(about: About) -> bool:
    rights = {name: value for name, value in about.items() if name not in {"account", "at"}}
    return any(keep_rights(account, **rights) for account in _account(about))


def _withdraw(about: About) -> bool:
    subject = find_subject_by_id(about["subject"])
    if subject is None:
        return False
    rows = withdraw_standing(
        subject,
        names=about["purposes"],
        scope_key=about["scope_key"],
        until=_moment(about),
        actor=Actor.SYSTEM,
        actor_ref=ACTOR_REF,
    )
    return bool(rows)


def _end_authorization(about: About) -> bool:
    rows = Authorization.objects.select_for_update(no_key=True)
    live = rows.filter(pk=about["authorization"], ended_at__isnull=True).first()
    if live is not None:
        end_authorization(live, reason=EndReason(about["reason"]))
    return live is not None


def _erase_subject(about: About) -> bool:
    return replay_erasure(about["erasure"], proven=True)


def _suspend(about: About) -> bool:
    by = PartnerClient.objects.filter(client_id=about["by"]).first() if about["by"] else None
    found = _client(about, ClientStatus.ACTIVE)
    for client in found:
        suspend_client(client, by=by)
    return bool(found)


def _resume(about: About) -> bool:
    found = _client(about, ClientStatus.SUSPENDED)
    for client in found:
        resume_client(client)
    return bool(found)


def _close_client(about: About) -> bool:
    found = _client(about, *OPEN)
    for client in found:
        close_client(client)
    return bool(found)


def _end_secrets(about: About) -> bool:
    return any(end_named_secrets(client, about["secrets"]) for client in _client(about, *ClientStatus))


def _narrow_client(about: About) -> bool:
    return any(take_from_client(client, about["taken"]) for client in _client(about, *OPEN))


def _revoke_key(about: About) -> bool:
    try:
        revoke_signing_key(about["kid"])
    except SigningKey.DoesNotExist:
        return False
    return True


def _moment(about: About) -> datetime:
    """When it happened; what is younger is of another decision. The database's clock may differ from ours."""
    return datetime.fromisoformat(about["at"]) + CLOCK_TOLERANCE


def _account(about: About) -> list[Account]:
    """One, or none: she came after the backup."""
    return list(Account.objects.filter(pk=about["account"]))


def _client(about: About, *states: ClientStatus) -> list[PartnerClient]:
    return list(PartnerClient.objects.filter(client_id=about["client"], status__in=states))


WAYS: dict[JournalKind, Callable[[About], bool]] = {
    JournalKind.ACCOUNT_BLOCKED: _block,
    JournalKind.ACCOUNT_UNBLOCKED: _unblock,
    JournalKind.ACCOUNT_CLOSED: _close,
    JournalKind.ACCOUNT_ERASED: _erase,
    JournalKind.PASSWORD_ENDED: _end_password,
    JournalKind.CREDENTIAL_REMOVED: _remove_credential,
    JournalKind.STAFF_RIGHTS: _keep_rights,
    JournalKind.CONSENT_WITHDRAWN: _withdraw,
    JournalKind.AUTHORIZATION_ENDED: _end_authorization,
    JournalKind.SUBJECT_ERASED: _erase_subject,
    JournalKind.CLIENT_SUSPENDED: _suspend,
    JournalKind.CLIENT_RESUMED: _resume,
    JournalKind.CLIENT_CLOSED: _close_client,
    JournalKind.SECRETS_ENDED: _end_secrets,
    JournalKind.SIGNING_KEY_REVOKED: _revoke_key,
    JournalKind.CLIENT_NARROWED: _narrow_client,
}
