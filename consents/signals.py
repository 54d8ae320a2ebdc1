"""What happened, in the past tense. Sent with `send` inside the transaction that wrote the ledger: a receiver that
raises undoes the decision, so that a withdrawal never stands while what hung on it lives on."""

from django.dispatch import Signal

# subject: Subject, account_id: the account's primary key or None, scope_key: str ('' for global purposes),
# purposes: list[str] of names. One signal per scope_key. The person said yes (allow or renew).
consent_given = Signal()

# The same payload. The person withdrew, or refused what was active. Repeated for a repeated withdrawal.
consent_withdrawn = Signal()

# name: str of the purpose that has a new version or is retired: what was given stands no more, or until `until` (a
# datetime), or with `expiring_stand`, if it has an end of its own, until that. Not sent where consents stand in full.
purpose_superseded = Signal()
