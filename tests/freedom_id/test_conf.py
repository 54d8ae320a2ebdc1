from datetime import timedelta
from typing import Any

from freedom_id.conf import DEFAULTS, Conf, conf


def test_every_default_is_read_by_one_property() -> None:
    names = {name.upper() for name, value in vars(Conf).items() if isinstance(value, property)}
    read = {key.replace("_SECONDS", "_LIFETIME").replace("_DAYS", "") for key in DEFAULTS}
    assert names == read


def test_a_setting_is_read_live(settings: Any) -> None:
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "CODE_SECONDS": 30}
    assert conf.code_lifetime == timedelta(seconds=30)
    settings.FREEDOM_ID = {}
    assert conf.code_lifetime == timedelta(seconds=60)


def test_the_lifetimes_that_the_contract_promises(settings: Any) -> None:
    settings.FREEDOM_ID = {}
    assert (conf.link_lifetime, conf.access_token_lifetime) == (timedelta(minutes=10), timedelta(minutes=10))
    assert (conf.refresh_token_idle, conf.refresh_token_absolute) == (timedelta(days=30), timedelta(days=90))
    assert (conf.id_token_lifetime, conf.signing_key_lifetime) == (timedelta(minutes=5), timedelta(days=90))
