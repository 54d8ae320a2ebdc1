from typing import Any, Never

from django.db import models

from consents.errors import LedgerAppendOnly


class AppendOnly(models.Model):
    """A row that is written once. This says so early and in words; triggers refuse what goes around it."""

    class Meta:
        abstract = True

    def save(self, **kwargs: Any) -> None:
        """Write a new row; a second save is refused with LedgerAppendOnly."""
        if not self._state.adding:
            raise LedgerAppendOnly
        super().save(**{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        """Refused with LedgerAppendOnly."""
        raise LedgerAppendOnly
