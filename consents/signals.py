"""What happened, in the past tense. Sent with `send` inside the transaction that wrote the ledger: a receiver that
raises undoes the decision, so that a withdrawal never stands while what hung on it lives on."""

from django.dispatch import Signal

# subject: Subject, account_id: the account's primary key or None, scope_key: str ('' for global purposes),
# purposes: list[str] of names. One signal per scope_key. The person said yes (allow or renew).
consent_given = Signal()

# The same payload. The person withdrew, or refused what was active. Repeated for a repeated withdrawal.
consent_withdrawn = Signal()

# name: str of a purpose with a new version, or whose retirement was set, moved or taken back: what was given may stand
# no more, or end at another moment. Who keeps copies of answers asks again. Not sent where consents stand in full.
purpose_superseded = Signal()

# subject: Subject, account_id: the account's primary key or None. Everything that stood is withdrawn already (a signal
# each); whatever else goes on for the person ends now. The account's link is cut after it.
subject_erased = Signal()

# erasure: Erasure, the line of the journal, in the transaction that wrote it.
erasure_recorded = Signal()

# command: str. A command that acts on everybody's rows begins; its own transactions are many, and come after.
upkeep_began = Signal()

# request: HttpRequest, code: str. The door of checks answers this error, after whatever it did was rolled back; not for
# what there is not (404), which is an answer. Nothing that a receiver raises is caught.
check_refused = Signal()

# account_id: the primary key of the member of staff, what: str that says which rows, rows: how many, sha256: of the
# file. The last byte goes out after it; whoever raises breaks the file off.
export_completed = Signal()
