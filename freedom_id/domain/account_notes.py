"""What staff notes about a person. A note is kept as it was written, and erased with her; she has it in her copy."""

from freedom_id.models import Account, AccountNote


def write_note(account: Account, text: str, *, author: Account) -> AccountNote:
    """Keep what `author` noted about the person; `text` was checked at the door."""
    return AccountNote.objects.create(account=account, author=author, text=text)
