from typing import Any

from consents.checks import check_settings_are_known


def test_a_setting_that_nothing_reads_is_an_error(settings: Any) -> None:
    settings.CONSENTS = {"SIGNER": "", "SINGER": ""}
    [message] = check_settings_are_known(app_configs=None, databases=None)
    assert (message.id, "'SINGER'" in message.msg) == ("consents.E001", True)


def test_a_project_without_settings_is_fine(settings: Any) -> None:
    del settings.CONSENTS
    assert check_settings_are_known(app_configs=None, databases=None) == []
