"""Two deployed versions work on one database: a new column takes the rows of a version that does not know it, and no
column vanishes under one that does."""

from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField, CreateModel, RemoveField, RenameField, RenameModel
from django.db.models import NOT_PROVIDED

FIRST = {"freedom_id": 14, "consents": 11}  # the rule is as old as these


def operations() -> list[Any]:
    disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return [
        pytest.param(operation, id=f"{app}.{name}: {operation.describe()}")
        for (app, name), migration in sorted(disk.items())
        if app in FIRST and int(name[:4]) >= FIRST[app]
        for operation in changes_of(migration)
    ]


def changes_of(migration: Any) -> list[Any]:
    """What it does to tables that were there before."""
    made = {operation.name_lower for operation in migration.operations if isinstance(operation, CreateModel)}
    return [one for one in migration.operations if getattr(one, "model_name_lower", "") not in made]


@pytest.mark.parametrize("operation", operations())
def test_the_former_version_can_go_on(operation: Any) -> None:
    assert not isinstance(operation, RemoveField | RenameField | RenameModel)
    if isinstance(operation, AddField) and not operation.field.many_to_many:
        field = operation.field
        assert field.null or field.db_default is not NOT_PROVIDED, "NOT NULL without db_default"
