"""Rules 9 and 10 of docs/consent-rules.md, over every word that a person may read: the catalogues of the people's pages
and the texts of the purposes."""

import re
from pathlib import Path

import polib
import pytest
from django.utils import translation

from freedom_id.grants import ASKED

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ["en", "ru", "uz", "kk", "th"]
LONGEST_SENTENCE = 25  # words
LONGEST_THAI = 170  # characters: Thai puts no space between words
END_OF_SENTENCE = re.compile(r"(?<=[.?!:;])\s+|\n")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
PRESSURE = {
    "en": r"don't miss|hurry|are you sure|last chance|only today|you will lose|we would be sad|act now|limited time",
    "ru": r"не упустите|поспешите|вы уверены|последний шанс|только сегодня|вы потеряете|торопитесь",
    "uz": r"o[‘'ʻ]tkazib yubormang|shoshiling|ishonchingiz komilmi|so[‘'ʻ]nggi imkoniyat|faqat bugun",
    "kk": r"жіберіп алмаңыз|асығыңыз|сенімдісіз бе|соңғы мүмкіндік|тек бүгін",
    "th": r"อย่าพลาด|รีบ(?!เ)|แน่ใจหรือ|โอกาสสุดท้าย|เฉพาะวันนี้",
}
TWICE_NO = {
    "en": r"\b(?:not|n't|never)\b[^.,;]*\b(?:not|n't|never|without refusing)\b",
    "ru": r"\bне\s+может\s+не\b|\bнельзя\s+не\b|\bне\s+без\b",
    "uz": r"masdan\s+qolmay|maslik\s+mumkin\s+emas",
    "kk": r"мауға\s+болмайды|мей\s+қоймай",
    "th": r"ไม่ใช่ว่าไม่|ไม่อาจไม่|ไม่ได้ไม่",
}
JARGON = {
    "en": r"\b(?:hereby|herein|thereof|pursuant|notwithstanding|data controller|data subject|processor)\b",
    "ru": r"\b(?:настоящим|вышеуказанн\w+|нижеследующ\w+|субъект\w* персональных данных|оператор персональных)",
    "uz": r"\b(?:ushbu orqali|yuqorida ko[‘'ʻ]rsatilgan|ma[’']lumotlar subyekti)",
    "kk": r"осымен растаймын|жоғарыда көрсетілген|деректер субъектісі",
    "th": r"ข้าพเจ้า|ดังกล่าวข้างต้น|เจ้าของข้อมูลส่วนบุคคล",
}
PICTURES = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]|!")


def page_words(language: str) -> list[str]:
    """What the templates and views of people's pages say in `language`, but for those that are made for partners."""
    app = ROOT / "freedom_id"
    paths = [*(app / "templates/freedom_id").rglob("*.html"), *(app / "views").glob("*.py"), app / "domain/notices.py"]
    for_partners = ("partner_page", "partner_application", "button")
    of_people = [path for path in paths if not path.stem.startswith(for_partners) and path.parent.name != "partners"]
    source = "\n".join(path.read_text() for path in of_people)
    entries = polib.pofile(str(app / "locale" / (language if language != "en" else "ru") / "LC_MESSAGES/django.po"))
    own = [entry for entry in entries if entry.msgid in source or PLACEHOLDER.sub(r"{{ \1 }}", entry.msgid) in source]
    if language == "en":
        return [text for entry in own for text in (entry.msgid, entry.msgid_plural) if text]
    return [text for entry in own for text in (entry.msgstr, *entry.msgstr_plural.values()) if text]


def purpose_words(language: str) -> list[str]:
    with translation.override(language):
        return [str(words) for grant in ASKED.values() for words in (grant.title, grant.text)]


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def words(language: str) -> list[str]:
    found = page_words(language) + purpose_words(language)
    assert len(found) > len(ASKED) * 2 + 50
    return found


def is_long(sentence: str, language: str) -> bool:
    return len(sentence) > LONGEST_THAI if language == "th" else len(sentence.split()) > LONGEST_SENTENCE


@pytest.mark.rule(9)
def test_no_sentence_is_longer_than_a_breath(words: list[str], language: str) -> None:
    sentences = [sentence for text in words for sentence in END_OF_SENTENCE.split(text)]
    assert [sentence for sentence in sentences if is_long(sentence, language)] == []


@pytest.mark.rule(9)
@pytest.mark.parametrize("pattern", [TWICE_NO, JARGON], ids=["double negation", "jargon"])
def test_the_words_are_plain(words: list[str], language: str, pattern: dict[str, str]) -> None:
    assert [text for text in words if re.search(pattern[language], text, re.IGNORECASE)] == []


@pytest.mark.rule(10)
def test_nobody_is_pressed(words: list[str], language: str) -> None:
    assert [text for text in words if re.search(PRESSURE[language], text, re.IGNORECASE)] == []
    assert [text for text in words if PICTURES.search(text)] == []


@pytest.mark.rule(10)
def test_nothing_counts_down_on_the_consent_page() -> None:
    page = (ROOT / "freedom_id/templates/freedom_id/consent.html").read_text()
    assert re.findall(r"<script src=.{% static '([^']+)'", page) == ["freedom_id/press_once.js"]
    assert not re.search("setTimeout|setInterval", (ROOT / "freedom_id/static/freedom_id/press_once.js").read_text())
    assert "http-equiv" not in page
