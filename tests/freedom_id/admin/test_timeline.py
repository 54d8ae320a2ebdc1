"""The picture of a person's consents: every stretch where it belongs, today between past and future."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest

from consents.domain.queries.timeline import Lane, Stretch
from freedom_id.admin.timeline import timeline

HOSTILE = '"><script>alert(1)</script>&'
NOW, DAY = datetime(2026, 6, 1, tzinfo=UTC), timedelta(days=1)
TICK, ARROW = "M0 0V10", "M-7 0L-1 5L-7 10"
SVG = "{http://www.w3.org/2000/svg}"


def picture(*stretches: Stretch) -> list[ET.Element]:
    return elements(timeline("consents", "Consents", [Lane("read.phone", "aral", stretches)], {}, NOW))


def elements(drawn: str) -> list[ET.Element]:
    """Where the figure is well-formed XML."""
    return list(ET.fromstring(drawn.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" ', 1)).iter())


def of(found: list[ET.Element], class_: str) -> list[ET.Element]:
    return [one for one in found if one.get("class") == class_]


def bars(found: list[ET.Element], class_: str) -> list[ET.Element]:
    return [bar for group in of(found, class_) for bar in group.iter(f"{SVG}rect")]


def share(element: ET.Element, name: str) -> float:
    return float(element.get(name, "").removesuffix("%"))


def test_one_that_stands_is_solid_up_to_today_and_dashed_to_the_edge() -> None:
    found = picture(Stretch(NOW - 90 * DAY, None, stands=True))
    [bar], [future], [today] = bars(found, "stands"), of(found, "future"), of(found, "today")
    assert share(bar, "x") == 0
    assert share(bar, "width") == share(future, "x1") == share(today, "x1") == pytest.approx(100 / 1.1, abs=0.1)
    assert share(future, "x2") == 100


def test_one_that_ended_and_one_of_former_words_have_no_future() -> None:
    found = picture(Stretch(NOW - 100 * DAY, NOW - 50 * DAY), Stretch(NOW - 40 * DAY, None))
    [ended], [outdated], [today] = bars(found, "ended"), bars(found, "outdated"), of(found, "today")
    assert (share(ended, "x"), share(ended, "width")) == (0, pytest.approx(50 / 1.1, abs=0.1))
    assert share(outdated, "x") + share(outdated, "width") == pytest.approx(share(today, "x1"), abs=0.1)
    assert of(found, "future") == []


def test_an_end_to_come_is_a_tick_where_it_is() -> None:
    near, far = (Stretch(NOW - 90 * DAY, NOW + days * DAY, stands=True) for days in (30, 90))
    found = picture(near, far)
    assert [share(one, "x2") for one in of(found, "future")] == [pytest.approx(100 * 120 / 180, abs=0.1), 100]
    assert {one.get("d") for one in of(found, "future-end")} == {TICK}


@pytest.mark.parametrize("end", [NOW + 3650 * DAY, None], ids=["in ten years", "none"])
def test_what_goes_on_beyond_the_picture_is_an_arrow_and_leaves_the_past_its_room(end: datetime | None) -> None:
    found = picture(Stretch(NOW - 90 * DAY, end, stands=True))
    assert [one.get("d") for one in of(found, "future-end")] == [ARROW]
    assert share(bars(found, "stands")[0], "width") >= 50


def test_none_draws_nothing() -> None:
    assert timeline("consents", "Consents", [], {}, NOW) == ""


@pytest.mark.parametrize("stretch", [Stretch(NOW, None, stands=True), Stretch(NOW, NOW), Stretch(NOW - DAY, NOW - DAY)])
def test_one_of_a_moment_has_a_mark_where_its_bar_is_too_short_to_be_seen(stretch: Stretch) -> None:
    found = picture(stretch)
    [group] = [one for class_ in ("stands", "ended") for one in of(found, class_)]
    [mark], [bar] = list(group.iter(f"{SVG}line")), list(group.iter(f"{SVG}rect"))
    assert (share(bar, "width"), share(mark, "x1")) == (0, share(bar, "x"))
    assert int(mark.get("y2", 0)) > int(mark.get("y1", 0))


def test_sixty_lanes_are_drawn_and_how_many_more_there_are_is_said() -> None:
    def drawn(number: int) -> list[ET.Element]:
        lanes = [Lane(f"purpose {at}", "", [Stretch(NOW - DAY, None, stands=True)]) for at in range(number)]
        return elements(timeline("consents", "Consents", lanes, {}, NOW))

    names = [[one.text for one in of(drawn(number), "lane")] for number in (1, 60, 62)]
    assert [len(some) for some in names] == [1, 60, 60]
    said = [[one.text for one in drawn(number) if one.tag == "p"] for number in (60, 62)]
    assert said == [[], ["and 2 more"]]


def test_it_is_an_image_with_a_name_and_neither_script_nor_style() -> None:
    drawn = timeline("consents", HOSTILE, [Lane(HOSTILE, "x" * 255, [Stretch(NOW, None)])], {}, NOW)
    found = elements(drawn)
    [image] = of(found, "timeline")
    assert (image.get("role"), image.get("aria-labelledby")) == ("img", "consents-title consents-about")
    assert [one.text for one in found if one.get("id") == "consents-title"] == [HOSTILE]
    assert [one for one in found if one.tag.endswith("script")] == []
    assert "style" not in drawn
    assert of(found, "lane")[0].text == f"{HOSTILE} · {'x' * 12}…"
