"""What a chart is made of: every number where it belongs, and nothing that was not meant as a picture."""

import xml.etree.ElementTree as ET

import pytest

from freedom_id.admin.charts import Bar, Series, bars, stacked_columns

HOSTILE = '"><script>alert(1)</script>&'
SVG = "{http://www.w3.org/2000/svg}"


def parts(drawn: str, tag: str) -> list[ET.Element]:
    """The elements of this name, where the picture is well-formed XML."""
    tree = ET.fromstring(drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
    return list(tree.iter(f"{SVG}{tag}"))


def columns(drawn: str) -> list[tuple[float, float]]:
    """Height and foot of each rectangle that is not of the legend or a pattern."""
    found = [one for one in parts(drawn, "rect") if "url(" in one.get("fill", "") and one.get("height") != "14"]
    return [(float(one.get("height", 0)), float(one.get("y", 0)) + float(one.get("height", 0))) for one in found]


def test_columns_stand_on_each_other_in_the_order_of_the_series_and_a_day_without_any_stays_empty() -> None:
    drawn = stacked_columns("days", "T", "A", ["1", "2", "3"], [Series("a", [2, 0, 4]), Series("b", [2, 0, 0])])
    (two, foot), (four, same_foot), (other_two, on_top) = columns(drawn)
    assert (four, other_two, same_foot) == pytest.approx((two * 2, two, foot), abs=0.2)
    assert on_top == pytest.approx(foot - two, abs=0.2)


@pytest.mark.parametrize("values", [[], [0], [0, 0, 0]], ids=["no day", "one empty day", "empty days"])
def test_nothing_draws_no_column(values: list[int]) -> None:
    drawn = stacked_columns("none", "T", "A", ["x"] * len(values), [Series("a", values)])
    assert columns(drawn) == []
    assert columns(stacked_columns("none", "T", "A", [], [])) == []


def test_one_day_and_one_number_fill_the_picture() -> None:
    ((height, _foot),) = columns(stacked_columns("one", "T", "A", ["1"], [Series("a", [4])]))
    assert height == pytest.approx(220 - 16 - 28, abs=0.2)


def test_the_axis_has_at_most_four_days_and_whole_numbers() -> None:
    texts = parts(stacked_columns("many", "T", "A", [str(n) for n in range(90)], [Series("a", [7] * 90)]), "text")
    assert len([one for one in texts if one.get("class") == "step"]) == 4
    assert [one.text for one in texts if one.get("class") == "tick"] == ["0", "4", "8"]


def test_series_are_told_apart_by_a_pattern_and_named() -> None:
    drawn = stacked_columns("some", "T", "A", ["1"], [Series(f"series {n}", [1]) for n in range(6)])
    marks = [one.get("d") for one in parts(drawn, "path")]
    assert len(set(marks)) == 6
    legend = [one.text for one in parts(drawn, "text") if one.get("class") == "legend"]
    assert legend == [f"series {n}" for n in range(6)]


def test_a_bar_is_as_long_as_its_share_of_the_longest() -> None:
    drawn = bars("lines", "T", "A", [Bar("a", 10, "10"), Bar("b", 5, "5"), Bar("c", 0, "0")])
    long, half, none = (float(one.get("width", -1)) for one in parts(drawn, "rect"))
    assert (half, none) == (pytest.approx(long / 2, abs=0.1), 0)


@pytest.mark.parametrize("lines", [[], [Bar("a", 0, "0")]], ids=["no line", "one empty line"])
def test_bars_of_nothing_are_a_picture_too(lines: list[Bar]) -> None:
    assert len(parts(bars("none", "T", "A", lines), "rect")) == len(lines)


def test_hostile_words_stay_words_and_long_ones_are_cut() -> None:
    long = "x" * 99
    drawn = [
        bars("b", HOSTILE, HOSTILE, [Bar(HOSTILE, 1, HOSTILE), Bar(long, 1, "1")]),
        stacked_columns("c", HOSTILE, HOSTILE, [HOSTILE], [Series(HOSTILE, [1]), Series(long, [1])]),
    ]
    for picture in drawn:
        assert (parts(picture, "script"), long in picture) == ([], False)
        assert parts(picture, "title")[0].text == parts(picture, "desc")[0].text == HOSTILE


def test_it_is_an_image_with_a_name_and_neither_script_nor_style() -> None:
    drawn = bars("b", "Title", "About", [Bar("a", 1, "1")])
    (image,) = parts(drawn, "svg")
    assert (image.get("role"), image.get("aria-labelledby")) == ("img", "b-title b-about")
    assert "style" not in drawn
