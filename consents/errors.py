"""What the domain refuses: `code` is stable and for machines, `description` public, `http_status` for the doors."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _


class ConsentsError(Exception):
    """Base of every refusal of this app."""

    def __init__(self, code: str, description: str, http_status: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.http_status = http_status


class UnknownPurpose(ConsentsError):
    def __init__(self, name: str) -> None:
        super().__init__("unknown_purpose", _("There is no purpose “%s”.") % name, 404)


class PurposeConflict(ConsentsError):
    """A purpose may not change what one consent covers, and a retired one stays retired."""

    def __init__(self, description: str) -> None:
        super().__init__("purpose_conflict", description, 409)


class VersionIncomplete(ConsentsError):
    """`missing` names everything that a version lacks before it may be reviewed."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__("version_incomplete", _("Missing: %s.") % ", ".join(missing), 409)
        self.missing = list(missing)


class SecondPersonNeeded(ConsentsError):
    """Four eyes: who submitted a version may not publish it."""

    def __init__(self) -> None:
        super().__init__("second_person_needed", _("You submitted this version; somebody else has to publish it."), 403)


class PurposeNotPublished(ConsentsError):
    """The version is unknown, a draft, superseded (and not pinned to the point by terms that still count it), or its
    purpose is retired: ask again with the published one."""

    def __init__(self, name: str) -> None:
        super().__init__("purpose_not_published", _("That version of “%s” is not published.") % name, 409)


class NoticeTextMismatch(ConsentsError):
    """The text shown is not the text of that version in that locale."""

    def __init__(self, name: str) -> None:
        super().__init__("notice_text_mismatch", _("The text shown for “%s” is not the published one.") % name, 409)


class NoticeInvalid(ConsentsError):
    """The signed notice did not come back, is too old, was altered, or was made for somebody or something else."""

    def __init__(self) -> None:
        super().__init__("notice_invalid", _("The page was open for too long. Please choose again."), 409)


class NoticeSpent(ConsentsError):
    """What that page showed was answered before."""

    def __init__(self) -> None:
        super().__init__("notice_spent", _("This was answered before."), 409)


class UnknownEvidence(ConsentsError):
    def __init__(self) -> None:
        super().__init__("unknown_evidence", _("There is no such evidence, or it was destroyed."), 404)


class TooManyOpenings(ConsentsError):
    """Nobody reads evidence by the hundred."""

    def __init__(self) -> None:
        super().__init__("too_many_openings", _("You opened evidence too often in the last hour. Try later."), 429)


class KeyReused(ConsentsError):
    """An Idempotency-Key came back with another request."""

    def __init__(self) -> None:
        super().__init__("idempotency_key_reused", _("That Idempotency-Key belongs to another request."), 422)


class PurposeNotAsked(ConsentsError):
    def __init__(self, name: str) -> None:
        super().__init__("purpose_not_asked", _("This collection point may not ask for “%s”.") % name, 403)


class CollectionPointInvalid(ConsentsError):
    """An address that is no origin, or a pin that does not fit the point."""

    def __init__(self, description: str) -> None:
        super().__init__("collection_point_invalid", description, 400)


class CollectionPointClosed(ConsentsError):
    def __init__(self) -> None:
        super().__init__("collection_point_closed", _("The collection point is closed or unknown."), 409)


class DecisionInvalid(ConsentsError):
    def __init__(self, description: str) -> None:
        super().__init__("decision_invalid", description, 400)


class DecisionOutdated(ConsentsError):
    """A yes dated before the person's later no; it may not undo it."""

    def __init__(self, name: str) -> None:
        super().__init__("decision_outdated", _("“%s” was refused or withdrawn after that moment.") % name, 409)


class LedgerAppendOnly(ConsentsError):
    def __init__(self) -> None:
        super().__init__("ledger_append_only", _("A ledger row is written once and never changed or deleted."), 409)


class LedgerFault(ConsentsError):
    """A stored row is not what was written, or is missing; the words name it by kind and id, for operators."""

    def __init__(self, description: str) -> None:
        super().__init__("ledger_fault", description, 500)


class LegalHold(ConsentsError):
    def __init__(self) -> None:
        super().__init__("legal_hold", _("A legal hold forbids to destroy anything of this person now."), 409)


class ErasureInvalid(ConsentsError):
    def __init__(self, description: str) -> None:
        super().__init__("erasure_invalid", description, 400)


class UnknownSubject(ConsentsError):
    def __init__(self) -> None:
        super().__init__("unknown_subject", _("The ledger knows no such person."), 404)


class ReceiptInvalid(ConsentsError):
    """The file is not a receipt that one of the keys signed, or was altered since."""

    def __init__(self, description: str) -> None:
        super().__init__("receipt_invalid", description, 422)


class CallerRefused(ConsentsError):
    """Who asks at the door of checks is not known or not let in. `headers` go into the answer (WWW-Authenticate)."""

    def __init__(self, code: str, description: str, http_status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code, description, http_status)
        self.headers = headers or {}


class AccountNeeded(ConsentsError):
    def __init__(self) -> None:
        super().__init__("account_required", "A caller that is no person must name the account.", 400)


class UnknownAccount(ConsentsError):
    """There is no such account, or the caller may not see it: nobody can tell which."""

    def __init__(self) -> None:
        super().__init__("unknown_account", "There is no such account.", 404)


class UnknownReceipt(ConsentsError):
    """There is no such receipt, or it is not the caller's: nobody can tell which."""

    def __init__(self) -> None:
        super().__init__("unknown_receipt", "There is no such receipt.", 404)


class InvalidRequest(ConsentsError):
    def __init__(self, description: str) -> None:
        super().__init__("invalid_request", description, 400)
