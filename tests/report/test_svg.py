from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest

from milepost.report import svg
from milepost.report.blocks import Chart
from milepost.report.charts import bars, forest
from milepost.report.svg import draw


@pytest.mark.alone
def test_charts_become_small_labelled_pictures_and_are_remembered() -> None:
    charts = [bars({"a & b": 3, "<c>": 5}, "T", "class", "rows"), forest([("m", 0.7, 0.6, 0.8)], "T", "auc")]
    first = draw(charts)
    start = time.monotonic()
    assert draw(charts) == first
    assert time.monotonic() - start < 0.1
    for picture in first:
        root = ElementTree.fromstring(picture)
        assert root.attrib["viewBox"].startswith("0 0 460")
        assert "width" not in root.attrib
        assert len(picture) < 10_000
    assert 'aria-label="Bars of rows by class: a &amp; b 3, &lt;c&gt; 5."' in first[0]
    assert "0.7" in "".join(ElementTree.fromstring(first[1]).itertext())


def test_charts_are_drawn_beside_other_work_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[bytes] = []
    real = svg._drawn
    monkeypatch.setattr(svg, "_drawn", lambda spec: (drawn.append(spec), real(spec))[1])
    one = bars({"begun before": 3}, "T", "class", "rows")
    svg.ahead([one])
    assert draw([one, one])[0].startswith("<svg")
    assert len(drawn) == 1


def test_what_cannot_be_drawn_says_so_when_it_is_asked_for() -> None:
    broken = Chart({"mark": "no such mark"}, "T", "A chart.")
    svg.ahead([broken])
    with pytest.raises(ValueError, match="SVG conversion failed"):
        draw([broken])
