from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest

from consents.models import ConsentState, ConsentTransaction, Receipt, Subject
from tests.consents.acts import allow, publish

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.consents.admin.urls")]
Ask = Callable[..., HttpRequest]
VIEW_ONLY = pytest.mark.parametrize("model", [ConsentState, ConsentTransaction, Receipt, Subject])


@pytest.fixture(autouse=True)
def a_decision(subject: Subject, signed: None) -> None:
    publish("read.phone")
    allow(subject, "read.phone")


@VIEW_ONLY
def test_nobody_adds(model: type[Model], by_superuser: Ask) -> None:
    with pytest.raises(PermissionDenied):
        admin.site.get_model_admin(model).add_view(by_superuser())


@VIEW_ONLY
def test_nobody_changes(model: type[Model], by_superuser: Ask) -> None:
    with pytest.raises(PermissionDenied):
        admin.site.get_model_admin(model).change_view(by_superuser("post"), str(model.objects.get().pk))


@VIEW_ONLY
def test_nobody_deletes(model: type[Model], by_superuser: Ask) -> None:
    with pytest.raises(PermissionDenied):
        admin.site.get_model_admin(model).delete_view(by_superuser("post", post="yes"), str(model.objects.get().pk))


@VIEW_ONLY
def test_no_action_is_offered(model: type[Model], by_superuser: Ask) -> None:
    assert admin.site.get_model_admin(model).get_actions(by_superuser()) == {}


@VIEW_ONLY
def test_a_row_can_be_read(model: type[Model], by_superuser: Ask) -> None:
    page = admin.site.get_model_admin(model).change_view(by_superuser(), str(model.objects.get().pk))
    assert page.render().status_code == 200


@pytest.mark.parametrize("model", [ConsentState, ConsentTransaction])
@pytest.mark.parametrize(("query", "found"), [("read.phone", 1), ("subject", 1), ("nothing", 0)])
def test_rows_are_found_by_purpose_and_person(
    model: type[Model], query: str, found: int, by_superuser: Ask, subject: Subject
) -> None:
    searched = str(subject.pk) if query == "subject" else query
    page = admin.site.get_model_admin(model).changelist_view(by_superuser(q=searched)).render()
    assert page.context_data["cl"].result_count == found


def test_the_account_is_not_shown(account: Any, subject: Subject, by_superuser: Ask) -> None:
    view = admin.site.get_model_admin(Subject)
    for page in (view.changelist_view(by_superuser()), view.change_view(by_superuser(), str(subject.pk))):
        assert str(account) not in page.render().content.decode()
