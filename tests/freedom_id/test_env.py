"""Settings from the environment: a typo stops the start, and keys of a checkout are made once."""

import json
import stat
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from identity_portal.env import database, development_keys, envbool, envchoice, envint, envlist, envsecret


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("True", True), ("YES", True), ("on", True), ("0", False), ("False", False), ("off", False)],
)
def test_a_switch_that_is_understood(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("SWITCH", text)
    assert envbool("SWITCH", not value) is value


@pytest.mark.parametrize("text", ["ture", "2", "enabled", "y e s", "None", "-1"])
def test_a_switch_that_is_not_understood_stops_the_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SWITCH", text)
    with pytest.raises(ImproperlyConfigured, match="SWITCH"):
        envbool("SWITCH", True)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "ten", "0x10", "1_000", " 1"])
def test_a_number_that_is_not_one_stops_the_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("NUMBER", text)
    with pytest.raises(ImproperlyConfigured, match="NUMBER"):
        envint("NUMBER", 1)


def test_a_choice_is_one_of_those_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHOICE", raising=False)
    assert envchoice("CHOICE", "text", "json") == "text"
    monkeypatch.setenv("CHOICE", "json")
    assert envchoice("CHOICE", "text", "json") == "json"
    for text in ("", "JSON", "xml"):
        monkeypatch.setenv("CHOICE", text)
        with pytest.raises(ImproperlyConfigured, match="CHOICE must be one of text, json"):
            envchoice("CHOICE", "text", "json")


def test_what_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ABSENT", raising=False)
    assert (envbool("ABSENT", True), envint("ABSENT", 7), envlist("ABSENT", "a, b,,")) == (True, 7, ["a", "b"])


def test_a_secret_comes_by_value_or_by_file_and_is_needed_where_no_default_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ImproperlyConfigured, match="TOP or TOP_FILE"):
        envsecret("TOP")
    assert envsecret("TOP", "") == ""
    monkeypatch.setenv("TOP", "by value")
    assert envsecret("TOP") == envsecret("TOP", "") == "by value"
    (tmp_path / "top").write_text("by file\n")
    monkeypatch.setenv("TOP_FILE", str(tmp_path / "top"))
    assert envsecret("TOP") == "by file"


@pytest.mark.parametrize("name", ["SECRET_KEY", "PII_KEYS", "DIGEST_KEY"])
def test_production_does_not_start_without_its_secrets(name: str) -> None:
    environment = {"DATABASE_URL": "sqlite:////nowhere", "SECRET_KEY": "x", "PII_KEYS": "{}", "DIGEST_KEY": "x"}
    del environment[name]
    done = run("import identity_portal.settings", environment)
    assert done.returncode != 0
    assert f"{name} or {name}_FILE must be set" in done.stderr


def run(code: str, environment: dict[str, str]) -> Any:
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_client_ids_name_their_providers() -> None:
    code = (
        "import json; from identity_portal.settings import FREEDOM_ID as f;"
        " print(json.dumps({k: [v['ISSUER'], *v['CLIENT_IDS']] for k, v in f['IDENTITY_PROVIDERS'].items()}))"
    )
    known = {"DATABASE_URL": "sqlite:////nowhere", "SECRET_KEY": "x", "PII_KEYS": "{}", "DIGEST_KEY": "x"}
    given = {"GOOGLE_CLIENT_IDS": "web.example, ios.example", "FACEBOOK_CLIENT_IDS": "1234"}
    assert json.loads(run(code, known).stdout) == {}
    assert json.loads(run(code, known | given).stdout) == {
        "google_id": ["https://accounts.google.com", "web.example", "ios.example"],
        "facebook_id": ["https://www.facebook.com", "1234"],
    }


def test_each_engine_gets_what_it_needs_under_concurrency() -> None:
    assert database("sqlite:////tmp/x")["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    postgresql = database("postgresql://u@/d?host=/tmp")
    assert "lock_timeout=2s" in postgresql["OPTIONS"]["options"]
    assert postgresql["CONN_MAX_AGE"] is None


def test_development_keys_are_strong_stable_and_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "keys.json"
    keys = development_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [len(b64decode(key)) for key in (keys["DIGEST_KEY"], *keys["PII_KEYS"].values())] == [32, 32]
    assert len(keys["SECRET_KEY"]) == 64
    assert development_keys(path) == keys
    assert list(path.parent.iterdir()) == [path]


def test_starts_at_once_get_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    code = (
        "import json, sys; from pathlib import Path; from identity_portal.env import development_keys\n"
        "sys.stdin.read(); print(json.dumps(development_keys(Path(sys.argv[1]))))"
    )
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _start in range(6)
    ]
    for start in starts:
        assert start.stdin
        start.stdin.close()
        start.stdin = None
    answers = [json.loads(start.communicate(timeout=60)[0]) for start in starts]
    assert all(answer == answers[0] for answer in answers)
    assert list(tmp_path.iterdir()) == [path]
