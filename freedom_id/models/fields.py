from typing import Any

from django.core.exceptions import FieldError
from django.db import models

from freedom_id.sealing import seal, unseal


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is encrypted at rest, bound to its column. It cannot be filtered: look up by a blind index."""

    def context(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        return value if value in (None, "") else seal(str(value), self.context())

    def from_db_value(self, value: Any, _expression: object, _connection: object) -> Any:
        return value if value in (None, "") else unseal(value, self.context())

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is sealed and cannot be filtered; use its blind index")
        return super().get_lookup(lookup_name)
