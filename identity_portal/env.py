"""Settings from the environment. A spelling that is not understood stops the start: a typo must not switch a guard
off."""

import json
import os
import secrets
from base64 import b64encode
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def envstr(name: str, default: str) -> str:
    return os.environ.get(name, default)


def envlist(name: str, default: str) -> list[str]:
    """A comma-separated list."""
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def envbool(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be one of {sorted(TRUE | FALSE)}, not {value!r}")
    return value.lower() in TRUE


def envint(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    return int(value)


def envchoice(name: str, *choices: str) -> str:
    """One of `choices`; the first is the default."""
    value = os.environ.get(name, choices[0])
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return value


def envsecret(name: str, default: str | None = None) -> str:
    """The secret itself in NAME, or the path of a file that holds it in NAME_FILE; it must be there unless there is a
    default."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    if value := os.environ.get(name):
        return value
    if default is not None:
        return default
    raise ImproperlyConfigured(f"{name} or {name}_FILE must be set when DEBUG is off")


def database(url: str) -> dict[str, Any]:
    """Django's database settings for `url`, with what each engine needs to be correct under concurrency."""
    config: dict[str, Any] = environ.Env.db_url_config(url)
    if config["ENGINE"].endswith("sqlite3"):
        # WAL alone loses half of the read-then-write transactions; IMMEDIATE makes them queue instead.
        config["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
        }
    else:
        config["CONN_MAX_AGE"] = None
        config["CONN_HEALTH_CHECKS"] = True
        config["OPTIONS"] = {
            **config.get("OPTIONS", {}),
            "connect_timeout": 3,
            # Prepared statements keep their plan: planning anew takes longer than the look-up (docs/performance.md).
            "options": "-c statement_timeout=5s -c lock_timeout=2s -c plan_cache_mode=force_generic_plan",
        }
    return config


def development_keys(path: Path) -> dict[str, Any]:
    """Keys of a development checkout, made on first use in a file that only its owner can read."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        keys = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "PII_KEYS": {"k1": b64encode(secrets.token_bytes(32)).decode()},
            "DIGEST_KEY": b64encode(secrets.token_bytes(32)).decode(),
        }
        draft = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(keys, file)
        try:
            os.link(draft, path)  # two starts at once: the first one's keys stay
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    found: dict[str, Any] = json.loads(path.read_text())
    return found
