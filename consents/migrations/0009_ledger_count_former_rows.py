"""The daily counts of rows that were written before there were counts. Adds what is missing only, so it may run again."""

from collections import Counter
from datetime import UTC
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate

CELL = ["purpose_version_id", "collection_point", "scope_key", "counted"]


def count_former_rows(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    counts = apps.get_model("consents", "DailyCount").objects
    day = TruncDate("recorded_at", tzinfo=UTC)
    rows = apps.get_model("consents", "ConsentTransaction").objects.values_list(
        day, "purpose_version_id", "collection_point_id", "scope_key", "action"
    )
    missing: Counter[tuple[Any, ...]] = Counter()
    for at, version, point, scope_key, action, number in rows.annotate(number=Count("pk")):
        missing[at, version, str(point or ""), scope_key, action] += number
    for *cell, number in counts.values_list("day", *CELL).annotate(sum=Sum("number")):
        missing[tuple(cell)] -= number
    for (at, *cell), number in missing.items():
        if number > 0:
            key = {"day": at, "shard": 0, **dict(zip(CELL, cell, strict=True))}
            counts.get_or_create(**key)
            counts.filter(**key).update(number=F("number") + number)


class Migration(migrations.Migration):
    dependencies = [("consents", "0008_triggers")]

    operations = [migrations.RunPython(count_former_rows, migrations.RunPython.noop)]
