"""A person at her browser, which is no part of any client: she signs in where she is asked, shares everything and
signs out where she is asked."""

from dataclasses import dataclass

from freedom_id.grants import GRANTS
from freedom_id.models import Account
from tests.factories.people import PASSWORD, phone_of
from tests.journeys.walk import FreedomWalk, Page

PAGES = 6  # more than any way through the portal has


@dataclass
class Persona:
    account: Account
    portal: FreedomWalk
    answered: int = 0

    def leave(self, url: str) -> str:
        """From an address of the portal, by as many pages as it has for her, to the address that it sends her to."""
        page = self.portal.get(url)
        for _page in range(PAGES):
            if page.location:
                return page.location
            page = self.answer(page)
            self.answered += 1
        raise AssertionError(f"no end of pages; the last: {page.url}")

    def answer(self, page: Page) -> Page:
        assert page.status == 200, page.url
        if 'name="password"' in page.text:
            return self.portal.post(page, "password", password=PASSWORD)
        if 'name="identifier"' in page.text:
            return self.portal.post(page, "identifier", identifier=phone_of(self.account))
        if 'value="sign_out"' in page.text:
            return self.portal.post(page, "decision", decision="sign_out")
        return self.portal.consent(page, grants=GRANTS)

    def through(self, site: FreedomWalk, page: Page) -> Page:
        """From a page of a partner's site and back to it, by the portal, for as long as either sends her on."""
        while page.location:
            page = site.get(self.leave(page.location))
        return page
