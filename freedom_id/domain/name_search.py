"""People by their whole name, through keyed digests: names are sealed, and parts of one find nothing."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Q, QuerySet

from freedom_id.models import Account
from freedom_id.models.account import name_index

MOST_FOUND = 20
MOST_WORDS = 8
AT_A_TIME = 500


def people_named(text: str) -> QuerySet[Account]:
    """Accounts with exactly this last name, or this first and last name in either order, the newest first, twenty at
    most; an erased one has no name. Case and white space make no difference."""
    words = text.split()
    if not 1 <= len(words) <= MOST_WORDS:
        return Account.objects.none()
    asked = Q(lastname_index=name_index(text))
    for at in range(1, len(words)):
        one, other = (name_index(" ".join(part)) for part in (words[:at], words[at:]))
        asked |= Q(lastname_index=other, firstname_index=one) | Q(lastname_index=one, firstname_index=other)
    return Account.objects.filter(asked).order_by("-created_at")[:MOST_FOUND]


def index_names(*, at_a_time: int = AT_A_TIME) -> Iterator[int]:
    """Give the accounts from before there was this search their digests; yields how many of each range of primary keys
    got theirs. It may be stopped anywhere and started again."""
    last = 0
    while rows := list(_without_index(last)[:at_a_time]):
        yield sum(_index(row) for row in rows)
        last = rows[-1].pk


def _without_index(after: int) -> QuerySet[Account]:
    missing = Q(firstname_index=None) | Q(lastname_index=None)
    return Account.objects.filter(missing, pk__gt=after, erased_at=None).only("pk").order_by("pk")


def _index(row: Account) -> bool:
    """Under the account's row, for the name that it has now."""
    with transaction.atomic():
        now = Account.objects.select_for_update(no_key=True).only("firstname", "lastname").get(pk=row.pk)
        indexes = {"firstname_index": name_index(now.firstname), "lastname_index": name_index(now.lastname)}
        return any(indexes.values()) and bool(Account.objects.filter(pk=row.pk).update(**indexes))
