"""Every sealed value under the newest key, while the portal goes on: after a rotation of PII_KEYS, or a leak of one."""

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.db.models import F, Model, QuerySet, TextField
from django.db.models.functions import Cast

from freedom_id.conf import conf
from freedom_id.models.fields import SealedTextField
from freedom_id.sealing import unseal

AT_A_TIME = 500


@dataclass
class Resealed:
    """How far one column is: rows read so far, and of their values those sealed anew, those that somebody changed
    meanwhile, and those that no key of the ring opens."""

    column: str
    read: int = 0
    resealed: int = 0
    overtaken: int = 0
    unreadable: int = 0


def reseal_values(*, at_a_time: int = AT_A_TIME) -> Iterator[Resealed]:
    """Seal under the ring's first key whatever lies under another. Yields after each range of `at_a_time` primary keys;
    the last one of a column has its totals.

    It may be stopped anywhere and started again: what is done is told by the key id in front of the value. A value is
    replaced only if it is still the one that was read, so no edit is lost, and each by its own statement, so nobody
    waits. A process that still writes under a former key leaves values behind; run it again after its end.
    """
    for model in apps.get_app_config("freedom_id").get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedTextField):
                yield from _reseal_column(model, field, at_a_time)


def _reseal_column(model: type[Model], field: SealedTextField, at_a_time: int) -> Iterator[Resealed]:
    """Ranges are of primary keys, not of values: each statement reads so many rows at most, however few are left."""
    done = Resealed(field.context())
    rows = model._base_manager.annotate(at_rest=Cast(F(field.name), TextField())).order_by("pk")
    following, newest = rows, f"{next(iter(conf.pii_keys))}:"
    while found := list(following.values_list("pk", "at_rest")[:at_a_time]):
        for pk, at_rest in found:
            if at_rest and not at_rest.startswith(newest):
                _reseal(rows.filter(pk=pk, at_rest=at_rest), field, at_rest, done)
        done.read += len(found)
        following = rows.filter(pk__gt=found[-1][0])
        yield done


def _reseal(row: QuerySet[Model], field: SealedTextField, at_rest: str, done: Resealed) -> None:
    try:
        value = unseal(at_rest, field.context())
    except (KeyError, ValueError, InvalidTag):
        done.unreadable += 1
        return
    if row.order_by().update(**{field.name: value}):
        done.resealed += 1
    else:
        done.overtaken += 1
