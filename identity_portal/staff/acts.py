"""What the audit calls each act of the admin, which acts want fresh proof, what the audit keeps of a row, and whose row
it is."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.db.models import Model

from freedom_id.enums import AuditAction

# By model and name of the action, act or view. Adding, changing and deleting by Django's own forms need no line.
ACTS = {
    "account.block": AuditAction.BLOCKED,
    "account.unblock": AuditAction.UNBLOCKED,
    "account.user_change_password": AuditAction.PASSWORD_SET,
    "account.sign_out": AuditAction.SIGNED_OUT,
    "account.remove_app": AuditAction.FACTOR_REMOVAL,
    "account.ask_copy": AuditAction.COPY_ASKED,
    "account.ask_erasure": AuditAction.ERASURE_ASKED,
    "account.note_view": AuditAction.NOTED,
    "account.unmask_view": AuditAction.UNMASKED,  # writes its entry itself, with what was shown
    "auditentry.export": AuditAction.EXPORTED,  # writes its entry itself: there is no row that it is about
    "device.sign_out": AuditAction.SIGNED_OUT,
    "erasurerequest.approve": AuditAction.ERASURE_APPROVED,
    "erasurerequest.dismiss": AuditAction.ERASURE_DISMISSED,
    "evidence.change_view": AuditAction.EVIDENCE_OPENED,
    "partnerapplication.accept": AuditAction.APPLICATION_ACCEPTED,
    "partnerapplication.ask_for_changes": AuditAction.CHANGES_ASKED,
    "partnerapplication.ask_to_go_live": AuditAction.LIVE_ASKED,
    "partnerapplication.go_live": AuditAction.LIVE_APPROVED,
    "partnerapplication.keep_in_sandbox": AuditAction.LIVE_KEPT_BACK,
    "partnerapplication.note": AuditAction.APPLICATION_NOTED,
    "partnerapplication.refuse": AuditAction.APPLICATION_REFUSED,
    "partnerapplication.send_secret_link": AuditAction.SECRET_LINK_SENT,
    "partnerclient.close": AuditAction.CLOSED,
    "partnerclient.end_former_secret": AuditAction.SECRET_ENDED,
    "partnerclient.new_secret": AuditAction.SECRET_MADE,
    "partnerclient.resume": AuditAction.RESUMED,
    "partnerclient.secret_view": AuditAction.SECRET_SHOWN,
    "partnerclient.suspend": AuditAction.SUSPENDED,
    "purpose.keep": AuditAction.KEPT,
    "purpose.new-version": AuditAction.DRAFTED,
    "purpose.retire": AuditAction.RETIRED,
    "purposeversion.copy": AuditAction.DRAFTED,
    "purposeversion.publish": AuditAction.PUBLISHED,
    "purposeversion.send-back": AuditAction.SENT_BACK,
    "purposeversion.submit": AuditAction.SUBMITTED,
    "reports.export_ledger": AuditAction.EXPORTED,
    "reports.export_report": AuditAction.EXPORTED,
    "subject.hold": AuditAction.HELD,
    "subject.record": AuditAction.CONSENT_ENTERED,
    "subject.withdraw": AuditAction.CONSENT_WITHDRAWN,
    # The work queues. What acts on many rows, and what is about a file, writes its entry itself.
    "backchannellogout.retry": AuditAction.RETRIED,
    "backchannellogout.cancel": AuditAction.CALLED_OFF,
    "backchannellogout.replay": AuditAction.SENT_AGAIN,
    "backchannellogout.act_on_all": AuditAction.BULK_BEGUN,
    "notice.retry": AuditAction.RETRIED,
    "notice.cancel": AuditAction.CALLED_OFF,
    "notice.replay": AuditAction.REPLAYED,
    "notice.act_on_all": AuditAction.BULK_BEGUN,
    "onetimecode.retry": AuditAction.RETRIED,
    "onetimecode.cancel": AuditAction.CALLED_OFF,
    "onetimecode.act_on_all": AuditAction.BULK_BEGUN,
    "personalcopy.retry": AuditAction.RETRIED,
    "personalcopy.cancel": AuditAction.CALLED_OFF,
    "personalcopy.replay": AuditAction.REPLAYED,
    "personalcopy.act_on_all": AuditAction.BULK_BEGUN,
    "profilerequest.retry": AuditAction.RETRIED,
    "profilerequest.cancel": AuditAction.CALLED_OFF,
    "profilerequest.replay": AuditAction.REPLAYED,
    "profilerequest.act_on_all": AuditAction.BULK_BEGUN,
    "revokecallback.retry": AuditAction.RETRIED,
    "revokecallback.cancel": AuditAction.CALLED_OFF,
    "revokecallback.replay": AuditAction.SENT_AGAIN,
    "revokecallback.act_on_all": AuditAction.BULK_BEGUN,
    "accounterasure.retry": AuditAction.RETRIED,
    "accounterasure.replay": AuditAction.REPLAYED,
    "accounterasure.act_on_all": AuditAction.BULK_BEGUN,
    "bulkact.call_off": AuditAction.BULK_ENDED,
    "staffexport.ask": AuditAction.EXPORTED,
    "staffexport.file": AuditAction.DOWNLOADED,
}

# What cannot be taken back, opens what is closed, or takes data out of the house: whoever does it proved to be herself
# at most five minutes ago. An act that is not there yet may be named already.
DANGEROUS = {
    "account.block",
    "account.change_view",  # rights of staff
    "account.ask_erasure",
    "account.remove_app",
    "account.unblock",
    "account.unmask_view",
    "account.user_change_password",
    "auditentry.export",
    "erasurerequest.approve",
    "evidence.change_view",
    "partnerapplication.accept",
    "partnerapplication.go_live",
    "partnerapplication.send_secret_link",
    "partnerclient.close",
    "partnerclient.end_former_secret",
    "partnerclient.new_secret",
    "partnerclient.secret_view",
    "partnerclient.suspend",
    "purpose.retire",
    "purposeversion.publish",
    "reports.export_ledger",
    "reports.export_report",
    "staffexport.ask",
    "staffexport.file",
    "subject.hold",
    "subject.record",
    "subject.withdraw",
}

# Nothing sealed, no digest, no personal value.
KEPT = {
    "freedom_id.account": ["status", "is_staff", "is_superuser", "groups", "user_permissions"],
    "freedom_id.accounterasure": ["state", "attempts"],
    "freedom_id.backchannellogout": ["state", "attempts"],
    "freedom_id.bridgepolicy": ["caller_id", "audience_id"],
    "freedom_id.partnerapplication": ["state", "client_id", "live_asked_by_id", "live_approved_by_id"],
    "freedom_id.partnerclient": [
        *("name", "status", "stage", "legal_name", "website", "client_type", "redirect_uris", "revoke_uris"),
        *("post_logout_redirect_uris", "backchannel_logout_uri", "grants", "required_grants", "scopes"),
        *("operator_scopes", "grant_types", "first_party", "native", "max_devices", "errors_as_200", "subject_type"),
        *("sector_identifier", "id_token_signed_response_alg", "userinfo_signed_response_alg"),
        *("token_endpoint_auth_method", "jwks", "access_token_format", "android_package", "android_fingerprints"),
        *("apple_app_ids", "passkeys_in_app", "previous_secret_expires_at"),
    ],
    "freedom_id.erasurerequest": ["state", "decided_by_id"],
    "freedom_id.notice": ["due_at", "sent_at", "cancelled_at"],
    "freedom_id.onetimecode": ["due_at", "sent_at", "retired_at"],
    "freedom_id.personalcopy": ["state", "attempts"],
    "freedom_id.profilerequest": ["state", "attempts"],
    "freedom_id.revokecallback": ["state", "attempts"],
    "consents.collectionpoint": ["version", "channel", "status", "purposes", "allowed_origins"],
    "consents.purpose": ["scope", "legal_basis", "mechanism", "retired_at"],
    "consents.purposeversion": ["state", "change_kind", "carry_over", "submitted_by", "published_by", "content_hash"],
    "consents.subject": ["legal_hold"],
}

# The way from a row to the account that it is about; admins of freedom_id state theirs as `account_path`.
PERSONS = {
    "freedom_id.account": "pk",
    "consents.consentstate": "subject__account_id",
    "consents.consenttransaction": "subject__account_id",
    "consents.evidence": "subject__account_id",
    "consents.receipt": "subject__account_id",
    "consents.subject": "account_id",
}


def way_to_person(owner: "ModelAdmin[Any]") -> str:
    """The look-up that leads from a row of this admin to its account; "" where rows are about nobody."""
    path: str = getattr(owner, "account_path", "")
    return f"{path}_id" if path else PERSONS.get(owner.opts.label_lower, "")


def person_of_row(owner: "ModelAdmin[Any]", key: str) -> int | None:
    """The SSOID of whom the row with this key is about; None when it is about nobody, or is not there."""
    way = way_to_person(owner)
    rows = owner.model._default_manager.filter(pk__in=_keys(owner.model, [key]))
    return rows.values_list(way, flat=True).first() if way else None


def kept_of_rows(model: type[Model], keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What the audit keeps of the rows with these keys, by key; a row that is not there is left out."""
    names = KEPT.get(model._meta.label_lower, [])
    rows = model._default_manager.filter(pk__in=_keys(model, keys))
    return {str(row.pk): {name: _value(row, name) for name in names} for row in rows}


def _value(row: Model, name: str) -> Any:
    value = getattr(row, name)
    return sorted(map(str, value.all())) if hasattr(value, "all") else value


def _keys(model: type[Model], keys: Iterable[str]) -> list[Any]:
    """Those that could be keys of the model."""
    return [key for key in keys if is_key(model, key)]


def is_key(model: type[Model], key: str) -> bool:
    try:
        model._meta.pk.clean(key, None)
    except ValidationError:
        return False
    return "\x00" not in key
