import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

pytestmark = pytest.mark.django_db


def sheet(name):
    return Path(finders.find(name)).read_text()


def test_the_page_shows_every_colour_in_both_themes_and_every_size_and_icon(client):
    page = client.get("/demo/components/").content.decode()
    colours = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", sheet("freedom_id/freedom_id.css"))
    assert len(colours) >= 13
    for name, light, dark in colours:
        assert page.count(f'class="swatch {name}"') == 2
        assert f">{light}</span>" in page
        assert f">{dark}</span>" in page
    symbols = set(re.findall(r'<symbol id="(\w+)"', page))
    assert len(symbols) >= 12
    assert symbols <= set(re.findall(r'<use href="#(\w+)"', page))
    assert re.findall(r"(size-\w+) · \d+", page) == ["size-s", "size-m", "size-l", "size-xl", "size-xxl"]


def test_every_token_that_is_shown_has_its_look(client):
    page, own = client.get("/demo/components/").content.decode(), sheet("demo/components.css")
    shown = re.findall(r'class="(?:swatch|shape|space) ([\w-]+)"', page) + re.findall(r'"(size-\w+)"', page)
    assert [name for name in shown if f".{name} {{" not in own and f".{name}:" not in own] == []


def test_a_field_shows_its_error_and_nothing_takes_the_focus(client):
    page = client.get("/demo/components/").content.decode()
    assert 'aria-invalid="true"' in page
    assert "autofocus" not in page


def test_the_page_has_no_inline_style_and_no_inline_script(client):
    answer = client.get("/demo/components/")
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert not re.search(r"<style|<script>|\sstyle=", answer.content.decode())
