"""A command that acts on rows of people leaves an entry of the audit, also one of `consents`, which knows no audit."""

from io import StringIO

import pytest
from django.core.management import call_command

from consents.domain.subjects import subject_for_account
from freedom_id.enums import AuditAction
from freedom_id.models import AuditEntry
from tests.freedom_id.domain.acts import pair

COMMANDS = {
    "purge_expired": AuditAction.PURGED,
    "purge_evidence": AuditAction.PURGED,
    "rebuild_state": AuditAction.REBUILT,
    "reseal_evidence_keys": AuditAction.RESEALED,
    "rotate_pii_keys": AuditAction.RESEALED,
}


@pytest.mark.django_db
@pytest.mark.parametrize("command", COMMANDS)
def test_its_name_is_in_the_audit(command: str) -> None:
    call_command(command, stdout=StringIO())
    assert AuditEntry.objects.values_list("command", "action").get() == (command, COMMANDS[command])


@pytest.mark.django_db
def test_looking_only_leaves_none() -> None:
    call_command("purge_evidence", "--dry-run", stdout=StringIO())
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_who_was_erased_by_a_command_is_in_the_audit() -> None:
    a = pair()
    a.tokens()
    subject = subject_for_account(a.account)
    call_command("erase_subject", str(subject.pk), "--kind", "shred", "--yes", stdout=StringIO())
    erased = AuditEntry.objects.get(action=AuditAction.ERASED)
    assert (erased.object_key, erased.account) == (str(subject.pk), a.account)
