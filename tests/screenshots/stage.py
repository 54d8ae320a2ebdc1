"""A portal with the demo's people and partners, where each page that is photographed has something to show."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.core.management import call_command

from freedom_id.domain.accounts import account_for
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.models import Authorization
from identity_portal.demo.cast import ARAL_MARKET, ARUZHAN, SILK_ROAD_AIR, SOMCHAI, Person
from identity_portal.demo.seed import Seeded, seed
from tests.factories.proofs import with_app
from tests.journeys.test_freedom_id import read_code
from tests.journeys.walk import FreedomWalk
from tests.servers.portal import Portal

FIRST_ASKED = ["read.firstname", "read.phone"]
ASKED = [*FIRST_ASKED, "read.lastname", "read.email", "read.date_of_birth"]


@dataclass(frozen=True)
class Stage:
    """`seeded` is what the demo says of its people and partners."""

    portal: Portal
    seeded: Seeded

    @property
    def url(self) -> str:
        return self.portal.url

    @property
    def market(self) -> dict[str, Any]:
        return next(row for row in self.seeded["partners"] if row["name"] == ARAL_MARKET)

    def link(self, grants: list[str]) -> str:
        """An address at which Aral Market asks for these grants."""
        with requests.Session() as backend:
            walk = FreedomWalk(backend, self.url)
            back = self.market["redirect_uris"][0]
            return walk.link(self.market["client_id"], self.market["secret"], grants=grants, redirect_uri=back)

    def password(self, person: Person) -> str:
        return str(self._row(person)["password"])

    def newest_code(self, person: Person) -> str:
        """The code that was sent to the person's phone, as soon as the worker has delivered it."""
        return read_code(self.portal, person.identifiers[0])

    def _row(self, person: Person) -> dict[str, Any]:
        rows = [*self.seeded["persons"], *self.seeded["staff"]]
        return next(row for row in rows if row["email"] == person.identifiers[1])

    @property
    def app_path(self) -> str:
        """Dilnoza's page of Silk Road Air."""
        live = Authorization.objects.get(client__name=SILK_ROAD_AIR, ended_at__isnull=True)
        return f"/me/apps/{live.pk}/"


@contextmanager
def running_stage(port: int, folder: Path) -> Iterator[Stage]:
    """Make and fill the database of the settings and serve it on `port` until the end of the block."""
    call_command("migrate", interactive=False, verbosity=0)
    portal = Portal(settings.PUBLIC_URL, port, dict(os.environ), folder)
    try:
        portal.start_web()
        yield set_up(portal)
    finally:
        portal.stop("worker")
        portal.stop("web")


def set_up(portal: Portal) -> Stage:
    """Fill the database of a portal, whose address the settings name, and start its worker."""
    stage = Stage(portal, seed(portal.folder / "demo.json"))
    somchai = account_for(parse_identifier(SOMCHAI.identifiers[0]))
    assert somchai
    with_app(somchai)
    portal.start_worker()
    _share_a_little(stage)
    return stage


def _share_a_little(stage: Stage) -> None:
    """Aruzhan shares with Aral Market what it needs, so that a later request is for more."""
    with requests.Session() as browser:
        walk = FreedomWalk(browser, stage.url)
        page = walk.sign_in(stage.link(FIRST_ASKED), ARUZHAN.identifiers[0], stage.password(ARUZHAN))
        walk.consent(page)
