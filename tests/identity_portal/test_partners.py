"""The public pages for partners: for everybody, in every language, and as true as the code that they tell of."""

import html
import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from freedom_id import errors
from freedom_id.errors import FreedomIdError
from freedom_id.grants import GRANTS
from freedom_id.identity_v4.errors import MESSAGES
from identity_portal.partners.samples import FOLDER, LANGUAGES, SAMPLES

pytestmark = pytest.mark.django_db
PAGES = ["/partners/", "/partners/quick-start/", "/partners/errors/", "/partners/samples/", "/partners/button/"]


class Parts(HTMLParser):
    """The ids and links of a page, those that lead to itself as `current`, and the cells of its tables by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.current: list[str] = []
        self.cells: dict[str, list[str]] = {}
        self._row: list[str] = []
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
            self.current += [given["href"]] if given.get("aria-current") else []
        if tag == "tr":
            self._row = []
            self.cells |= {given["id"]: self._row} if "id" in given else {}
        if tag in ("th", "td"):
            self._row.append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self._row[-1] += data


def shown(path: str, language: str = "en") -> str:
    answer = Client().get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def codes(text: str) -> list[str]:
    return [html.unescape(code) for code in re.findall(r"<code[^>]*>(.*?)</code></pre>", text, re.DOTALL)]


@pytest.mark.parametrize("language", dict(settings.LANGUAGES))
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_for_everybody_in_every_language_and_has_no_inline_code(path, language):
    text = shown(path, language)

    assert f'<html lang="{language}"' in text
    assert not re.findall(r"<script>|<style|\sstyle=|\son\w+=|javascript:", text)
    assert Parts(text).current == [path]
    assert sorted(set(Parts(text).ids)) == sorted(Parts(text).ids)


def test_titles_tell_the_pages_apart():
    titles = [re.findall("<title>(.*?)</title>", shown(path))[0] for path in PAGES]

    assert len(set(titles)) == len(PAGES)
    assert all(title.endswith(" – Freedom ID") for title in titles)


@pytest.mark.parametrize("path", PAGES)
def test_every_link_leads_somewhere_here(path):
    parts = Parts(shown(path))
    for link in parts.links:
        target = urlsplit(urljoin(f"http://testserver{path}", link))
        if link in ("#preview", "/start"):  # the previews of the button
            continue
        assert target.netloc == "testserver"
        page = parts if target.path == path else None
        if page is None:
            answer = Client().get(target.path)
            assert answer.status_code == 200, link
            page = Parts(answer.content.decode())
        assert not target.fragment or target.fragment in page.ids, link


@pytest.mark.parametrize("path", [*PAGES, "/partners/samples/SignIn.kt"])
def test_only_reading_is_allowed(path):
    assert Client().post(path).status_code == 405


def every_error() -> list[type[FreedomIdError]]:
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    return [value for value in found if issubclass(value, FreedomIdError)]


def test_the_table_of_the_partner_api_is_the_codes():
    cells = Parts(shown("/partners/errors/")).cells
    stated = {str(each.code or "fields"): each for each in every_error()}

    assert {row for row in cells if len(cells[row]) == 5} == set(stated)
    for row, error in stated.items():
        code, status, name, message, advice = cells[row]
        assert code == str(error.code or "–")
        assert status == f"HTTP {error.http_status}"
        assert (name, message) == (error.error, error.message)
        assert advice, f"what to do about {row}"


def test_the_table_of_the_identity_door_is_the_codes():
    cells = Parts(shown("/partners/errors/")).cells

    assert {row: said for row, said in cells.items() if len(said) == 3} == {
        str(code): [str(code), f"HTTP {code // 100}", message] for code, message in MESSAGES.items()
    }


@pytest.mark.parametrize("language", ["ru", "th"])
def test_codes_and_requests_are_the_same_in_every_language(language):
    """Thai and Russian write numbers in their own ways elsewhere."""
    assert Parts(shown("/partners/errors/", language)).cells.keys() == Parts(shown("/partners/errors/")).cells.keys()
    for path in ("/partners/quick-start/", "/partners/samples/"):
        assert codes(shown(path, language)) == codes(shown(path))


def test_the_quick_start_names_every_grant():
    text = shown("/partners/quick-start/")

    assert [code for code in GRANTS if f">{code}</dt>" in text] == list(GRANTS)


def test_every_sample_is_shown_as_it_is_and_given_as_a_file():
    assert {path.name for path in FOLDER.iterdir() if path.is_file()} == set(SAMPLES)
    page = codes(shown("/partners/samples/"))
    for name in SAMPLES:
        content = (FOLDER / name).read_bytes()
        answer = Client().get(f"/partners/samples/{name}")
        assert answer.content == content
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert content.decode() in page


@pytest.mark.parametrize("name", ["none.py", "..%2Ferrors.py", "%2e%2e", "SignIn.kt%00", "signin.kt"])
def test_nothing_else_is_given_as_a_file(name):
    assert Client().get(f"/partners/samples/{name}").status_code == 404


def test_the_page_says_which_samples_our_tests_run():
    """Those of tests/journeys/test_samples.py."""
    sections = shown("/partners/samples/").split('<section aria-labelledby="')[1:]
    said = {section.partition('"')[0]: ">Not run by our tests<" not in section for section in sections}

    assert said == {language.anchor: language.runs for language in LANGUAGES}
    assert {anchor for anchor, runs in said.items() if runs} == {
        "python",
        "javascript",
    }
