"""The key ring turns while the portal goes on: everything ends under the newest key, and no edit is lost."""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from freedom_id.domain.resealing import reseal_values
from freedom_id.domain.signing_keys import ensure_signing_key, forget_keys, sign
from freedom_id.models import Account, Credential, PersonalCopy
from freedom_id.models.fields import SealedTextField
from tests.factories.people import person, phone_of
from tests.freedom_id.domain.at_once import until_it_waits

OLD = {"k1": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
NEW = {"k2": "ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A="}
Ring = Callable[..., None]


@pytest.fixture
def ring(settings: Any) -> Iterator[Ring]:
    """Give the key ring, newest first."""

    def give(*keys: dict[str, str]) -> None:
        merged = {key_id: key for part in keys for key_id, key in part.items()}
        settings.FREEDOM_ID = settings.FREEDOM_ID | {"PII_KEYS": merged}
        forget_keys()

    yield give
    forget_keys()


def rotate(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("rotate_pii_keys", *arguments, stdout=out)
    return out.getvalue().splitlines()


def key_ids() -> set[str]:
    """Of every sealed value that there is."""
    return {at_rest.partition(":")[0] for model in sealed_models() for at_rest in values_at_rest(model) if at_rest}


def sealed_models() -> dict[Any, list[str]]:
    models = apps.get_app_config("freedom_id").get_models()
    found = {model: [f.name for f in model._meta.fields if isinstance(f, SealedTextField)] for model in models}
    return {model: names for model, names in found.items() if names}


def values_at_rest(model: Any) -> list[str]:
    casts = [Cast(F(name), TextField()) for name in sealed_models()[model]]
    return [value for row in model._base_manager.values_list(*casts) for value in row]


@pytest.mark.django_db
def test_afterwards_the_former_key_is_needed_no_more(ring: Ring) -> None:
    account = person()
    number = phone_of(account)
    ensure_signing_key()
    assert key_ids() == {"k1"}
    ring(NEW, OLD)
    assert rotate()[-1] == "9 values resealed."
    assert key_ids() == {"k2"}
    ring(NEW)
    assert Account.objects.get(pk=account.pk).firstname == "Dilnoza"
    assert phone_of(account) == number
    assert sign({}, typ="JWT")
    assert rotate()[-1] == "0 values resealed."


@pytest.mark.django_db
@pytest.mark.parametrize("batch", [1, 3, 500])
def test_it_goes_on_where_it_was_stopped(ring: Ring, batch: int) -> None:
    for _someone in range(4):
        person()
    ring(NEW, OLD)
    resealing = reseal_values(at_a_time=batch)
    first = next(resealing)
    resealing.close()
    assert 0 < first.read <= batch
    assert key_ids() == {"k1", "k2"}
    assert rotate(f"--batch={batch}")[-1] == f"{32 - first.resealed} values resealed."
    assert key_ids() == {"k2"}


@pytest.mark.django_db
def test_a_value_that_no_key_opens_is_counted_and_left_as_it_is(ring: Ring) -> None:
    person()
    other = person()
    [sealed] = Account.objects.filter(pk=other.pk).values_list(Cast("firstname", TextField()), flat=True)
    Account.objects.filter(pk=other.pk).update(lastname=F("firstname"))
    ring(NEW, OLD)
    with pytest.raises(CommandError, match="1 values are altered") as caught:
        rotate()
    assert str(other.pk) not in str(caught.value)
    assert key_ids() == {"k1", "k2"}
    [left] = Account.objects.filter(pk=other.pk).values_list(Cast("lastname", TextField()), flat=True)
    assert left == sealed


@pytest.mark.django_db
def test_a_batch_of_nothing_is_refused() -> None:
    with pytest.raises(CommandError, match="at least 1"):
        rotate("--batch=0")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_an_edit_meanwhile_is_not_lost(ring: Ring) -> None:
    """The row was read, somebody holds it with a change, and the resealing waits for exactly that row."""
    account = person()
    ring(NEW, OLD)
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(firstname="Nilufar")
        waiting = until_it_waits(rotate)
        assert not waiting.done()
    report = waiting.result(30)
    assert "freedom_id.account.firstname: 0 of 1 resealed, 1 changed meanwhile, 0 unreadable" in report
    assert Account.objects.get(pk=account.pk).firstname == "Nilufar"
    assert key_ids() == {"k2"}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_row_erased_meanwhile_stays_erased(ring: Ring) -> None:
    account = person()
    ring(NEW, OLD)
    with transaction.atomic():
        Credential.objects.filter(account=account).delete()
        waiting = until_it_waits(rotate)
    assert waiting.result(30)
    assert not Credential.objects.exists()


@pytest.mark.django_db
def test_a_copy_of_everything_is_under_the_new_key_too(ring: Ring) -> None:
    copy = PersonalCopy.objects.create(
        account=person(), state="ready", content="all of it", ready_at=timezone.now(), expires_at=timezone.now()
    )
    ring(NEW, OLD)
    assert "freedom_id.personalcopy.content: 1 of 1 resealed, 0 changed meanwhile, 0 unreadable" in rotate()
    ring(NEW)
    assert PersonalCopy.objects.get(pk=copy.pk).content == "all of it"
