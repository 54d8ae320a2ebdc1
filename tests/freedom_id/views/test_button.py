"""The page that makes the button's HTML, the button as a picture, and its files as they are served."""

import base64
import hashlib
import html
import re
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import freedom_id
import identity_portal.demo_partner
from freedom_id.forms.button import SIZES, STYLES, USUAL
from freedom_id.views.button import COLOURS
from freedom_id.views.button_snippet import LABELS, SCRIPT, STYLE_SHEET, integrity

pytestmark = pytest.mark.django_db
PAGE = "/partners/button/"
STATIC = Path(freedom_id.__file__).parent / "static"
DEMO = Path(identity_portal.demo_partner.__file__).parent / "templates/demo_partner"
# What has been published stays as it is: sites hold these digests. A change gets the next number, beside the old file.
PUBLISHED = {
    STYLE_SHEET: "sha384-OBtBalJIqCQg2kL6loG1WLTTuG+2H7J98Hwo2gMRm5qArWovLs9WNsIHnd3dvvs7",
    SCRIPT: "sha384-J0xRckuA2TKrEKilvxopWyJPp1MFc3oBNVXWFyexMNTNLn0v78o4EMBGGXAnlAJv",
}


def snippet(**said: str) -> str:
    """The code that the page shows, as it is copied."""
    text = Client().get(PAGE, said).content.decode()
    found = re.search(r"<pre[^>]*><code[^>]*>(.*?)</code></pre>", text, re.DOTALL)
    assert found
    return html.unescape(found[1])


def digest(content: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


def test_a_bare_address_shows_the_usual_button_which_needs_no_script():
    code = snippet()

    assert '<a class="freedom-id-button" href="/start" lang="en"\n' in code
    assert 'data-style="filled" data-size="medium" data-radius="round">Sign in with Freedom ID</a>' in code
    assert "<script" not in code


def test_every_choice_is_in_the_code():
    said = {"style": "dark", "size": "large", "radius": "pill", "language": "kk", "mode": "popup", "full": "on"}
    code = snippet(**said, start="https://shop.example/in?a=1")

    assert 'href="https://shop.example/in?a=1" lang="kk"' in code
    assert 'data-style="dark" data-size="large" data-radius="pill" data-width="full" data-mode="popup">' in code
    assert code.endswith(f">{LABELS['kk']}</a>")


@pytest.mark.parametrize("said", [{"mode": "popup"}, {"language": "auto"}], ids=["popup", "language"])
def test_the_script_is_there_only_where_it_does_something(said):
    assert "<script defer" in snippet(**said)


def test_a_pop_up_has_a_second_code_for_the_way_back():
    assert b"data-freedom-id-result" not in Client().get(PAGE).content
    assert b"data-freedom-id-result" in Client().get(PAGE, {"mode": "popup"}).content


def test_the_start_address_is_text_on_our_page_and_an_attribute_in_the_code():
    start = "/start?a='\"><script>alert(1)</script>&b=<"
    text = Client().get(PAGE, {"start": start}).content.decode()

    assert "<script>" not in text
    assert f'href="{html.escape(start)}"' in snippet(start=start)


@pytest.mark.parametrize(
    "start", ["/start", "/", "/a/b?c=d#e", "https://shop.example/start", "https://shop.example:8443/"]
)
def test_the_start_address_is_https_or_a_path(start):
    assert f'href="{start}"' in snippet(start=start)


@pytest.mark.parametrize(
    "start",
    [
        pytest.param("http://shop.example/", id="http"),
        pytest.param("//evil.example", id="host"),
        pytest.param("/\\evil.example", id="backslash"),
        pytest.param("javascript:alert(1)", id="javascript"),
        pytest.param("data:text/html,x", id="data"),
        pytest.param("start", id="relative"),
        pytest.param("https://", id="no-host"),
        pytest.param("https://shop.example/a b", id="space"),
        pytest.param("/a b", id="space-in-path"),
        pytest.param("/a\nb", id="line"),
        pytest.param("https://shop.example\\@evil.example/", id="backslash-in-host"),
        pytest.param("\x00", id="null"),
        pytest.param("/" + "a" * 1000, id="long"),
    ],
)
def test_any_other_start_address_is_refused_and_left_out(start):
    answer = Client().get(PAGE, {"start": start})

    assert answer.status_code == 200
    assert b'class="errorlist"' in answer.content
    assert f'href="{USUAL["start"]}"' in snippet(start=start)


def test_nothing_on_our_page_leads_to_the_start_address():
    text = Client().get(PAGE, {"start": "https://evil.example/"}).content.decode()

    assert 'href="https://evil.example/"' not in text


@examples(max_examples=25, deadline=None)
@given(said=st.dictionaries(st.sampled_from([*USUAL, "full", "other"]), st.text(max_size=40)))
def test_odd_input_is_a_page(said):
    answer = Client().get(PAGE, said)

    assert answer.status_code == 200
    assert b'class="freedom-id-button"' in answer.content


@pytest.mark.parametrize(
    "query", ["style=%ff", "style=dark&style=evil", "style[]=dark", "size=", "full=%00", "&&=", "start=%F0%9F"]
)
def test_odd_queries_are_a_page(query):
    assert Client().get(f"{PAGE}?{query}").status_code == 200


def test_only_reading_is_allowed():
    assert Client().post(PAGE).status_code == 405


@pytest.mark.parametrize("language", dict(settings.LANGUAGES))
def test_the_picture_says_what_the_button_says(language):
    for style, _title in STYLES:
        for size, _title in SIZES:
            answer = Client().get(f"{PAGE}{style}-{size}-{language}.svg", headers={"Accept-Language": "ru"})
            drawing = ElementTree.fromstring(answer.content)

            assert answer.headers["Content-Type"] == "image/svg+xml"
            assert [text.strip() for text in drawing.itertext()] == [LABELS[language]] * 2
            assert int(drawing.get("height")) >= 40


def test_the_picture_may_be_shown_by_other_sites_and_sets_no_cookie():
    answer = Client().get(f"{PAGE}filled-medium-en.svg")

    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "public" in answer.headers["Cache-Control"]
    assert not answer.cookies


@pytest.mark.parametrize("name", ["red-medium-en", "filled-huge-en", "filled-medium-de", "filled-medium", "a-b-c-d"])
def test_an_unknown_picture_is_not_found(name):
    assert Client().get(f"{PAGE}{name}.svg").status_code == 404


def test_page_and_script_say_the_same_words():
    said = dict(re.findall(r'^    (\w\w): "(.+)",$', (STATIC / SCRIPT).read_text(), re.MULTILINE))

    assert said == LABELS
    assert set(said) == set(dict(settings.LANGUAGES))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("style", COLOURS)
def test_words_and_mark_stand_out_in_the_picture(style):
    colours = COLOURS[style]

    assert contrast(colours["ink"], colours["ground"]) >= 4.5
    assert contrast(colours["mark"], colours["ground"]) >= 4.5


def test_style_sheet_and_script_are_small():
    assert (STATIC / SCRIPT).stat().st_size <= 10_000
    assert (STATIC / STYLE_SHEET).stat().st_size <= 10_000


def test_a_strict_policy_allows_all_that_they_do():
    code, looks = (STATIC / SCRIPT).read_text(), (STATIC / STYLE_SHEET).read_text()

    assert not re.search(
        r"eval|new Function|innerHTML|insertAdjacent|document\.write|\.style\b|cookie|fetch|https?:", code
    )
    assert not re.search(r"url\(|@import|@font-face", looks)


def test_what_was_published_never_changes():
    assert {name: integrity(name) for name in PUBLISHED} == PUBLISHED


def test_the_sample_partner_copied_what_the_page_says():
    copied = [
        re.search(r'integrity="([^"]+)"', (DEMO / name).read_text()) for name in ("home.html", "button_script.html")
    ]

    assert [found[1] for found in copied if found] == [integrity(STYLE_SHEET), integrity(SCRIPT)]


def test_the_files_keep_their_digests_for_any_site_and_for_good():
    code = snippet(mode="popup")
    tags = dict(
        zip(re.findall(r'(?:src|href)="(http[^"]+)"', code), re.findall(r'integrity="([^"]+)"', code), strict=True)
    )
    assert len(tags) == 2
    for address, expected in tags.items():
        answer = Client().get(urlsplit(address).path, headers={"Origin": "https://shop.example"})
        assert digest(answer.getvalue()) == expected
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert not answer.cookies
