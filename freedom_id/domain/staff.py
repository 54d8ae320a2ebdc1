"""Members of staff: an account with a role, and a sign-in that is as sure as her work needs."""

from collections.abc import Collection

from django.contrib.auth.models import Group
from django.db import transaction

from freedom_id.domain.accounts import register_account
from freedom_id.domain.audit import ADMINISTRATOR, By, Target, record
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.restore_journal import note
from freedom_id.domain.rfc9470_step_up import ways_up
from freedom_id.domain.staff_proof import is_strong
from freedom_id.domain.step_up import proofs_of
from freedom_id.enums import AuditAction, JournalKind, ProofType
from freedom_id.models import Account, BrowserSignIn


class UnknownRole(Exception):
    """There is no such role; `roles` are those that there are."""

    def __init__(self, roles: list[str]) -> None:
        super().__init__(", ".join(roles))
        self.roles = roles


def register_staff(identifier: Identifier, *, password: str, role: str, by: By) -> Account:
    """A new account that may enter the admin in this role, such as "Partner manager" or `partner-manager`; an
    administrator may do everything. Raises UnknownRole, IdentifierTaken."""
    with transaction.atomic():
        group = role_named(role)
        chief = group.name == ADMINISTRATOR
        account = register_account(identifier, password=password, is_staff=True, is_superuser=chief)
        account.groups.add(group)
        record(AuditAction.STAFF_MADE, by=by, target=Target.of(account), after={"roles": [group.name]})
    return account


def staff_ways(account: Account, sign_in: BrowserSignIn | None) -> list[ProofType]:
    """What she can show here so that the sign-in becomes strong or, if it is, fresh again; the first is typed unless it
    is a passkey. Nothing where only another sign-in, or a proof that she has yet to set up, leads there."""
    if sign_in is None:
        return []
    if not is_strong(sign_in):
        ways = ways_up(account, sign_in)
        return [way for way in ways if way is ProofType.PASSKEY] if "sms" in sign_in.proven_by else ways
    proofs = proofs_of(account)
    typed = [kind for kind in (ProofType.TOTP, ProofType.PASSWORD) if kind in proofs]
    return [*typed[:1], *(kind for kind in (ProofType.PASSKEY,) if kind in proofs)]


def note_rights(account: Account) -> None:
    """Tell the restore journal what the account may do now, after some of it was taken away."""
    note(
        JournalKind.STAFF_RIGHTS,
        account=account.pk,
        is_staff=account.is_staff,
        is_superuser=account.is_superuser,
        roles=sorted(account.groups.values_list("name", flat=True)),
        permissions=sorted(account.user_permissions.values_list("codename", flat=True)),
    )


def keep_rights(
    account: Account, *, is_staff: bool, is_superuser: bool, roles: Collection[str], permissions: Collection[str]
) -> bool:
    """Take from the account, after a restore, whatever `note_rights` did not name; nothing is given. Whether there was
    something to take."""
    lost = account.groups.exclude(name__in=roles), account.user_permissions.exclude(codename__in=permissions)
    narrowed = (account.is_staff and not is_staff) or (account.is_superuser and not is_superuser)
    if not narrowed and not any(rows.exists() for rows in lost):
        return False
    account.groups.remove(*lost[0])
    account.user_permissions.remove(*lost[1])
    account.is_staff, account.is_superuser = account.is_staff and is_staff, account.is_superuser and is_superuser
    account.save(update_fields=["is_staff", "is_superuser"])
    return True


def role_named(role: str) -> Group:
    """The group of that name, whatever its case, with dashes or spaces. Raises UnknownRole."""
    groups = {_plain(group.name): group for group in Group.objects.order_by("name")}
    if _plain(role) not in groups:
        raise UnknownRole(list(groups))
    return groups[_plain(role)]


def _plain(name: str) -> str:
    return name.casefold().replace(" ", "-")
