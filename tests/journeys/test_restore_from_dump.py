"""The runbook "Restore from a backup" of docs/operations.md, its own lines run by a shell: a dump by pg_dump, a life
that goes on, a database that is lost, and the dump restored in its place. What must not stand again does not."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from django.db import connection, transaction
from django.utils import timezone

from freedom_id.domain.client_secrets import revoke_previous_secret, rotate_secret
from freedom_id.domain.closing import end_account
from freedom_id.domain.credentials import set_password
from freedom_id.domain.signing_keys import ensure_signing_key, forget_keys
from freedom_id.enums import Door, ErasureOrigin
from tests.factories.erasures import erase_what_is_due
from tests.factories.people import PASSWORD, phone_of
from tests.journeys.both_doors import Sharing, is_invalid_token, sharing
from tests.journeys.test_restore import NEW_PASSWORD, act_of
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import ROOT, Portal, url_of_test_database
from tests.servers.portal import portal as run_portal
from tests.servers.postgresql import find_binaries

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
CHAPTER = re.compile(r"^## Restore from a backup$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DATABASE = re.compile(r"\b(portal|restored)\b(?!\.)")  # not the file portal.dump


class Operator:
    """Who runs the lines of the runbook, in a folder of her own, on the test's databases."""

    def __init__(self, portal: Portal, folder: Path) -> None:
        connection.ensure_connection()
        info, (chapter,) = connection.connection.info, CHAPTER.findall((ROOT / "docs" / "operations.md").read_text())
        self.daily, self.restore = ([*block.splitlines()] for block in BLOCK.findall(chapter))
        self.databases = {"portal": info.dbname, "restored": f"{info.dbname}_restored"}
        self.folder = folder
        self.environment = portal.environment | {
            "PATH": f"{find_binaries()}{os.pathsep}{os.environ['PATH']}",
            **{"DJANGO_SETTINGS_MODULE": "identity_portal.settings", "DEMO": "0"},
            **{"PGHOST": info.host, "PGPORT": str(info.port), "PGUSER": info.user, "PGPASSWORD": info.password},
        }

    @property
    def restored_url(self) -> str:
        return urlsplit(url_of_test_database())._replace(path=f"/{self.databases['restored']}").geturl()

    def run(self, line: str) -> str:
        """As it stands, but for the names of the databases and what `./run` becomes."""
        line = DATABASE.sub(lambda found: self.databases[found[0]], line)
        line = line.replace("./run ", f"{shlex.quote(sys.executable)} {shlex.quote(str(ROOT / 'manage.py'))} ")
        done = subprocess.run(
            line, shell=True, check=False, env=self.environment, cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def journal(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Of the portal's processes and of this one, which acts as one more of them."""
    path = tmp_path / "restore.journal"
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"RESTORE_JOURNAL": str(path)}
    forget_keys()
    yield path
    forget_keys()


@pytest.fixture
def served(journal: Path) -> Iterator[Portal]:
    with run_portal(RESTORE_JOURNAL=str(journal)) as running:
        yield running


@pytest.fixture
def operator(served: Portal, tmp_path: Path) -> Iterator[Operator]:
    operator = Operator(served, tmp_path)
    yield operator
    served.stop("web")
    operator.run("dropdb --if-exists --force restored")


def readiness(portal: Portal) -> tuple[int, bool]:
    answer = requests.get(f"{portal.url}/readyz", timeout=10)
    return answer.status_code, {check["name"]: check["ok"] for check in answer.json()["checks"]}["restored"]


def sign_in(portal: Portal, phone: str, password: str = PASSWORD) -> bool:
    """Whether that opens her own pages."""
    return FreedomWalk(requests.Session(), portal.url).sign_in("/me/", phone, password).url.endswith("/me/")


def live_on(people: Mapping[str, Sharing], tokens: Mapping[str, str]) -> None:
    """What happens after the dump: to each what her name says; of the last the partner loses its secret, too."""
    people["withdraws"].stop()
    assert people["is revoked"].revoke(tokens["is revoked"]).status == 200
    with transaction.atomic():
        end_account(people["is erased"].account, closes_at=timezone.now(), origin=ErasureOrigin.PERSON)
    assert erase_what_is_due() == 1
    rotate_secret(people["changes her password"].client)
    revoke_previous_secret(people["changes her password"].client)
    set_password(act_of(people["changes her password"].account), NEW_PASSWORD)


def test_a_dump_that_is_restored_serves_when_it_forgot_what_it_must(
    served: Portal, operator: Operator, journal: Path
) -> None:
    ensure_signing_key()
    names = ("withdraws", "is revoked", "is erased", "changes her password", "stays")
    people = {name: sharing(served.url) for name in names}
    phones = {name: phone_of(each.account) for name, each in people.items()}
    tokens = {name: each.tokens(Door.FREEDOM_ID)["access_token"] for name, each in people.items()}
    for line in operator.daily:
        operator.run(line)
    live_on(people, tokens)
    served.stop("web")  # and the database is lost: from here on nothing reads it

    operator.environment["DATABASE_URL"] = served.environment["DATABASE_URL"] = operator.restored_url
    restore, migrate, replay, verify = operator.restore
    operator.run(restore)
    operator.run(migrate)
    served.start_web()
    assert readiness(served) == (503, False)
    assert {name: people[name].info(token).status for name, token in tokens.items()} == dict.fromkeys(names, 200)

    assert "signed out" in operator.run(replay)
    operator.run(verify)
    assert readiness(served) == (200, True)
    assert all(is_invalid_token(people[name].info(token)) for name, token in tokens.items())
    assert people["changes her password"].backend.link().refusal == (401, 100104)
    assert not sign_in(served, phones["changes her password"])
    assert not sign_in(served, phones["is erased"])
    assert sign_in(served, phones["withdraws"])
    with psycopg.connect(operator.restored_url) as restored:
        erased = "SELECT erased_at IS NOT NULL FROM freedom_id_account WHERE id = %s"
        assert restored.execute(erased, [people["is erased"].account.pk]).fetchone() == (True,)
    back = people["stays"]
    back.walk = back.new_browser()  # the restore ended every session
    assert back.info(back.tokens(Door.FREEDOM_ID)["access_token"]).json()["firstname"] == "Dilnoza"
