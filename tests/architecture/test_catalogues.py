"""Every string in every language, and the compiled catalogues as fresh as their sources."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
CATALOGUES = [
    ROOT / app / "locale" / language / "LC_MESSAGES" / "django.po"
    for app in ("consents", "freedom_id", "identity_portal")
    for language in LANGUAGES
]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]")
CALL = re.compile(r"""\b(?:_|gettext|gettext_lazy)\(\s*"((?:[^"\\]|\\.)+)"\s*\)""")
TAG = re.compile(r"""{% translate "((?:[^"\\]|\\.)+)" """)


@pytest.fixture(params=CATALOGUES, ids=lambda path: "-".join(path.relative_to(ROOT).parts[:3:2]))
def catalogue(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_nothing_is_untranslated_fuzzy_or_left_over(catalogue: Path) -> None:
    entries = polib.pofile(str(catalogue))
    wrong = [*entries.untranslated_entries(), *entries.fuzzy_entries(), *entries.obsolete_entries()]
    assert [entry.msgid for entry in wrong] == []


def test_placeholders_are_kept(catalogue: Path) -> None:
    for entry in polib.pofile(str(catalogue)):
        wanted = set(PLACEHOLDER.findall(entry.msgid)) | set(PLACEHOLDER.findall(entry.msgid_plural))
        for text in [entry.msgstr] if entry.msgstr else entry.msgstr_plural.values():
            assert set(PLACEHOLDER.findall(text)) == wanted, entry.msgid


def test_the_compiled_catalogue_says_the_same(catalogue: Path) -> None:
    source, compiled = polib.pofile(str(catalogue)), polib.mofile(str(catalogue.with_suffix(".mo")))
    said = {(e.msgid, e.msgstr, tuple(e.msgstr_plural.values())) for e in compiled}
    assert said == {(e.msgid, e.msgstr, tuple(e.msgstr_plural.values())) for e in source}


@pytest.mark.parametrize("app", ["consents", "freedom_id", "identity_portal"])
def test_every_plain_string_of_the_source_is_in_the_catalogue(app: str) -> None:
    known = {entry.msgid for entry in polib.pofile(str(ROOT / app / "locale" / "ru" / "LC_MESSAGES" / "django.po"))}
    found = set()
    for path in (ROOT / app).rglob("*"):
        if path.suffix in {".py", ".html"} and "migrations" not in path.parts:
            text = path.read_text()
            found |= {
                match.replace('\\"', '"').replace("\\n", "\n") for match in [*CALL.findall(text), *TAG.findall(text)]
            }
    assert found - known == set()
