import uuid

from freedom_id.domain.accounts import account_for
from freedom_id.domain.identifiers import InvalidIdentifier, parse_identifier
from freedom_id.models import Account

MOST_DIGITS = 15


def find_account(text: str) -> Account | None:
    """The account with exactly this SSOID, Freedom ID, phone number or e-mail address; parts find nothing."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS:
        found = Account.objects.filter(pk=int(text)).first()
        if found:
            return found
    try:
        return Account.objects.filter(freedom_id=uuid.UUID(text)).first()
    except ValueError:
        pass
    try:
        return account_for(parse_identifier(text))
    except InvalidIdentifier:
        return None
