"""A setting of CONSENTS that is misspelt, misshapen or leads nowhere stops the start."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks

from consents.checks import SHAPES
from consents.conf import DEFAULTS

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SIGNING = {"SIGNER": "tests.consents.signing.sign", "PUBLIC_KEYS": "tests.consents.signing.public_keys"}

GOOD = {
    "CALLER": ["tests.consents.api.callers.by_header"],
    "LEDGER_KEY": ["", KEY],
    "EVIDENCE_KEYS": [{}, {"k1": KEY, "k2": KEY}],
    "CONTROLLERS": [[], [{"party_id": "shop"}], ({"party_id": "shop", "party_name": "The Shop"},)],
    "STORAGE_LOCATIONS": [[], ["UZ"], ("UZ", "KZ")],
    "RETENTION_PERIOD": ["", "P3Y"],
    "JURISDICTION": ["", "UZ"],
    "FIND_ACCOUNT": ["consents.domain.on_behalf.account_by_key_or_username"],
    "LOCALES": [[], ["en", "th"]],
    "EVIDENCE_RETENTION": [None, timedelta(days=1)],
    "KEEP_WHOLE_IP": [False, True],
    "WITHDRAWAL_METHOD": ["", "https://shop.example/consents/mine/"],
}
MISSHAPEN = {
    "CALLER": ["", None, 1, ["a.b"]],
    "SIGNER": [1, None, print, ["a.b"]],
    "PUBLIC_KEYS": [1, None, {"keys": []}],
    "REVOKED_KEYS": [1, None, {"keys": []}],
    "LEDGER_KEY": ["short", KEY[:-8], KEY + "!", None, b"0" * 44],
    "EVIDENCE_KEYS": [KEY, [KEY], {"k1": "short"}, {"k:1": KEY}, {"k1": ""}, None],
    "CONTROLLERS": ["shop", {"party_id": "shop"}, ["shop"], [{}], [{"party_name": "The Shop"}], None],
    "STORAGE_LOCATIONS": ["UZ", [1], {"UZ": 1}, None],
    "RETENTION_PERIOD": [3, ["P3Y"], None],
    "JURISDICTION": [1, ["UZ"], None],
    "FIND_ACCOUNT": ["", 1, None, ["a.b"]],
    "LOCALES": ["en", [1], None],
    "EVIDENCE_RETENTION": [1, "P1D", timedelta(0)],
    "KEEP_WHOLE_IP": ["no", None, 1],
    "WITHDRAWAL_METHOD": [1, ["x"], None],
}
LOST = ["nothing", "no.such.module", "consents.conf.nothing", "consents.conf.DEFAULTS", "consents.", ".conf", "a b.c"]


def ids(settings: Any, given: Any, *, deploy: bool = False) -> list[str]:
    settings.CONSENTS = given
    found = run_checks(include_deployment_checks=deploy)
    return sorted(str(message.id) for message in found if str(message.id).startswith("consents."))


def cases(table: dict[str, list[Any]]) -> list[Any]:
    return [
        pytest.param(name, value, id=f"{name}-{index}")
        for name, values in table.items()
        for index, value in enumerate(values)
    ]


def test_every_setting_has_a_shape() -> None:
    assert SHAPES.keys() == DEFAULTS.keys()
    assert MISSHAPEN.keys() == DEFAULTS.keys()


@pytest.mark.parametrize("given", [{}, SIGNING, {**DEFAULTS}], ids=["nothing", "receipts", "the defaults"])
def test_what_is_right_is_silent(settings: Any, given: dict[str, Any]) -> None:
    assert ids(settings, given) == []


@pytest.mark.parametrize(("name", "value"), cases(GOOD))
def test_a_good_value(settings: Any, name: str, value: Any) -> None:
    assert ids(settings, {name: value}) == []


@pytest.mark.parametrize(("name", "value"), cases(MISSHAPEN))
def test_a_value_of_another_form(settings: Any, name: str, value: Any) -> None:
    assert ids(settings, SIGNING | {name: value}) in (["consents.E002"], ["consents.E002", "consents.W001"])


@pytest.mark.parametrize("given", [None, [], "CALLER", 1], ids=repr)
def test_it_must_be_a_dict(settings: Any, given: Any) -> None:
    assert ids(settings, given) == ["consents.E002"]


@pytest.mark.parametrize("name", ["CALLER", "SIGNER", "PUBLIC_KEYS", "REVOKED_KEYS", "FIND_ACCOUNT"])
@pytest.mark.parametrize("path", LOST)
def test_a_path_that_leads_nowhere(settings: Any, name: str, path: str) -> None:
    assert ids(settings, SIGNING | {name: path}) == ["consents.E003"]


def test_each_fault_is_named(settings: Any) -> None:
    found = ids(settings, {"CALLER_REF": "x", "SIGNR": "y", "JURISDICTION": 1, "CALLER": "no.where"})
    assert found == ["consents.E001", "consents.E001", "consents.E002", "consents.E003"]


def test_receipts_that_nobody_here_can_check(settings: Any) -> None:
    assert ids(settings, {"SIGNER": SIGNING["SIGNER"]}) == ["consents.W001"]


def test_keys_derived_from_the_secret_key_are_told_at_deployment(settings: Any) -> None:
    assert ids(settings, {}, deploy=True) == ["consents.W002", "consents.W002"]
    assert ids(settings, {"LEDGER_KEY": KEY}, deploy=True) == ["consents.W002"]
    assert ids(settings, {"LEDGER_KEY": KEY, "EVIDENCE_KEYS": {"k1": KEY}}, deploy=True) == []
