"""What migrations do to rows that are there."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import request_code
from freedom_id.models import OneTimeCode

pytestmark = pytest.mark.django_db


def test_codes_from_before_were_last_changed_when_they_were_made() -> None:
    request_code(parse_identifier("+998901234567"), ip="203.0.113.7", locale="en")
    made = timezone.now() - timedelta(minutes=3)
    OneTimeCode.objects.update(created_at=made)
    migration = import_module("freedom_id.migrations.0003_one_time_codes_of_identity")
    migration.updated_when_created(apps, connection.schema_editor())
    assert OneTimeCode.objects.get().updated_at == made
