from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest

from milepost.report.charts import bars, forest
from milepost.report.svg import draw


@pytest.mark.alone
def test_charts_become_small_labelled_pictures_and_are_remembered() -> None:
    charts = [bars({"a & b": 3, "<c>": 5}, "T", "class", "rows"), forest([("m", 0.7, 0.6, 0.8)], "T", "auc")]
    first = draw(charts)
    start = time.monotonic()
    assert draw(charts) == first
    assert time.monotonic() - start < 0.1
    for svg in first:
        root = ElementTree.fromstring(svg)
        assert root.attrib["viewBox"].startswith("0 0 460")
        assert "width" not in root.attrib
        assert len(svg) < 10_000
    assert 'aria-label="Bars of rows by class: a &amp; b 3, &lt;c&gt; 5."' in first[0]
    assert "0.7" in "".join(ElementTree.fromstring(first[1]).itertext())
