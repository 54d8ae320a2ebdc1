"""What a consent, a withdrawal, or new terms of a purpose do to authorizations, and what of it the audit keeps: in the
same thread and transaction, so that both commit together and a failure here fails the decision."""

from typing import Any

from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

from consents.domain.erasure import exported_line
from consents.signals import (
    check_refused,
    consent_given,
    consent_withdrawn,
    erasure_recorded,
    export_completed,
    purpose_superseded,
    subject_erased,
    upkeep_began,
)
from freedom_id.answered_errors import count_by_header
from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.authorizations import adjust_grant, connect, end_authorizations, narrow_authorizations
from freedom_id.domain.restore_journal import note
from freedom_id.domain.staff import note_rights
from freedom_id.enums import ApiDoor, AuditAction, EndReason, JournalKind
from freedom_id.grants import IDENTITY_PROVIDER
from freedom_id.models import Account, Authorization
from freedom_id.signals import authorization_ended


@receiver(consent_given, dispatch_uid="freedom_id.connect_on_consent")
def connect_on_consent(*, account_id: int | None, scope_key: str, purposes: list[str], **_kwargs: Any) -> None:
    if account_id is not None and IDENTITY_PROVIDER in purposes:
        connect(account_id=account_id, client_id=scope_key)


@receiver(consent_withdrawn, dispatch_uid="freedom_id.narrow_on_withdrawal")
def narrow_on_withdrawal(*, account_id: int | None, scope_key: str, purposes: list[str], **_kwargs: Any) -> None:
    if account_id is not None and scope_key:
        narrow_authorizations(account_id=account_id, client_id=scope_key, grants=purposes)


@receiver(purpose_superseded, dispatch_uid="freedom_id.adjust_on_new_terms")
def adjust_on_new_terms(*, name: str, **_kwargs: Any) -> None:
    adjust_grant(name)


@receiver(subject_erased, dispatch_uid="freedom_id.end_on_erasure")
def end_on_erasure(*, account_id: int | None, **_kwargs: Any) -> None:
    if account_id is not None:
        end_authorizations(account_id=account_id, reason=EndReason.WITHDRAWN)


@receiver(subject_erased, dispatch_uid="freedom_id.record_erasure")
def record_erasure(*, subject: Any, account_id: int | None, **_kwargs: Any) -> None:
    record(AuditAction.ERASED, by=By(command="erasure"), target=Target.of(subject, account_id=account_id))


@receiver(export_completed, dispatch_uid="freedom_id.record_export")
def record_export(*, sender: Any, account_id: int, what: str, rows: int, sha256: str, **_kwargs: Any) -> None:
    target = Target(sender._meta.label_lower, label=what)
    by = By(Account.objects.get(pk=account_id))
    record(AuditAction.EXPORTED, by=by, target=target, after={"rows": rows, "sha256": sha256})


UPKEEP = {
    "purge_evidence": AuditAction.PURGED,
    "rebuild_state": AuditAction.REBUILT,
    "reseal_evidence_keys": AuditAction.RESEALED,
}


@receiver(upkeep_began, dispatch_uid="freedom_id.record_upkeep")
def record_upkeep(*, command: str, **_kwargs: Any) -> None:
    record(UPKEEP[command], by=By(command=command), target=Target())


@receiver(consent_withdrawn, dispatch_uid="freedom_id.note_withdrawal")
def note_withdrawal(*, subject: Any, scope_key: str, purposes: list[str], **_kwargs: Any) -> None:
    note(JournalKind.CONSENT_WITHDRAWN, subject=str(subject.pk), scope_key=scope_key, purposes=sorted(purposes))


@receiver(erasure_recorded, dispatch_uid="freedom_id.note_erasure")
def note_erasure(*, erasure: Any, **_kwargs: Any) -> None:
    note(JournalKind.SUBJECT_ERASED, erasure=exported_line(erasure))


@receiver(authorization_ended, dispatch_uid="freedom_id.note_end_of_authorization")
def note_end_of_authorization(*, authorization: Authorization, reason: EndReason, **_kwargs: Any) -> None:
    note(JournalKind.AUTHORIZATION_ENDED, authorization=str(authorization.pk), reason=reason)


@receiver(m2m_changed, sender=Account.groups.through, dispatch_uid="freedom_id.note_lost_roles")
@receiver(m2m_changed, sender=Account.user_permissions.through, dispatch_uid="freedom_id.note_lost_permissions")
def note_lost_rights(*, instance: Any, action: str, pk_set: set[int] | None, **_kwargs: Any) -> None:
    if action in {"post_remove", "post_clear"}:
        concerned = [instance] if isinstance(instance, Account) else Account.objects.filter(pk__in=pk_set or ())
        for account in concerned:
            note_rights(account)


@receiver(post_save, sender=Account, dispatch_uid="freedom_id.note_saved_rights")
def note_saved_rights(*, instance: Account, created: bool, update_fields: Any, **_kwargs: Any) -> None:
    """A form saves all fields; what saves some of the others is no change of rights."""
    if not created and (update_fields is None or {"is_staff", "is_superuser"} & set(update_fields)):
        note_rights(instance)


@receiver(check_refused, dispatch_uid="freedom_id.count_refused_check")
def count_refused_check(*, request: Any, code: str, **_kwargs: Any) -> None:
    count_by_header(request, ApiDoor.CONSENTS, code)
