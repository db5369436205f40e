"""Small charts stand beside each other, each with its own scale, and none over another."""

from xml.etree import ElementTree

import pytest

from milepost.report.charts.multiples import ACCENT, ACROSS, GAP, WIDTH, Spread, multiples
from milepost.report.svg import draw

PARTS = [
    Spread("age", [1, 4, 2], ("18", "90")),
    Spread("city <b>", [30, 20, 10], labels=["Paris & more", "a very long name of a city", "Rome"]),
    Spread("empty bins", [0, 0, 8, 0], ("0", "1")),
    Spread("one", [5], ("1", "1")),
]


def groups() -> list[ElementTree.Element]:
    (svg,) = draw([multiples(PARTS, "Rows by value")])
    root = ElementTree.fromstring(svg)
    assert root.attrib["viewBox"].startswith(f"0 0 {ACROSS * (WIDTH + GAP) - GAP} ")
    assert "age, city" in root.attrib["aria-label"]
    return [group for group in root if group.attrib.get("transform")]


def test_bars_are_as_high_as_their_rows() -> None:
    first, second, third, fourth = groups()
    heights = [float(r.attrib["height"]) for r in first if r.attrib.get("fill") == ACCENT and "rect" in r.tag]
    assert [h / max(heights) for h in heights] == pytest.approx([0.25, 1, 0.5], abs=0.01)
    widths = [float(r.attrib["width"]) for r in second if "rect" in r.tag]
    assert [w / widths[0] for w in widths] == pytest.approx([1, 2 / 3, 1 / 3], abs=0.01)
    assert len([r for r in third if "rect" in r.tag]) == len([r for r in fourth if "rect" in r.tag]) == 1


def test_words_are_escaped_cut_and_inside() -> None:
    texts = [[t.text for t in group if "text" in t.tag] for group in groups()]
    assert texts[0] == ["age", "up to 4", "18", "90"]
    assert texts[1][0] == "city <b>"
    assert "Paris & more" in texts[1]
    assert max(map(len, texts[1][1:])) <= 13


def test_rows_of_charts_do_not_overlap() -> None:
    places = [tuple(map(float, g.attrib["transform"][10:-1].split(","))) for g in groups()]
    assert places[0][1] == places[1][1] == places[2][1] == 0
    assert places[3][1] >= max(part.height for part in PARTS[:3])
    assert places[1][0] - places[0][0] == WIDTH + GAP
