import pytest
from django.core.management import CommandError, call_command

from identity_portal.demo.checks import check_demo_stays_at_home


@pytest.mark.parametrize(
    ("debug", "engine", "ids"),
    [(True, "sqlite3", []), (False, "sqlite3", ["demo.E001"]), (True, "postgresql", ["demo.E001"])],
)
def test_the_demo_apps_are_for_a_development_checkout_only(settings, monkeypatch, debug, engine, ids):
    settings.TESTING, settings.DEBUG = False, debug
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", f"django.db.backends.{engine}")
    assert [error.id for error in check_demo_stays_at_home()] == ids


def test_the_test_suite_is_excused():
    assert check_demo_stays_at_home() == []


def test_the_demo_refuses_to_run_with_debug_off():
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("demo")
