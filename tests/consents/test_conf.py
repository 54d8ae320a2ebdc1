from typing import Any

from django.core.checks import run_checks

from consents.conf import DEFAULTS, conf


def ids(settings: Any, **given: Any) -> set[str]:
    settings.CONSENTS = given
    return {str(message.id) for message in run_checks() if str(message.id).startswith("consents.")}


def test_a_setting_is_read_live(settings: Any) -> None:
    settings.CONSENTS = {"CALLER": "site.caller"}
    assert conf.caller == "site.caller"
    settings.CONSENTS = {}
    assert conf.caller == DEFAULTS["CALLER"]


def test_a_setting_that_nobody_knows_is_an_error(settings: Any) -> None:
    assert ids(settings, CALLER_REF="x") == {"consents.E001"}
    assert ids(settings) == set()


def test_a_project_without_settings_is_fine(settings: Any) -> None:
    del settings.CONSENTS
    assert conf.signer is None
