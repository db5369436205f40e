"""Every chart gives its numbers."""

from milepost.report.blocks import Chart
from milepost.report.charts import bars, histogram, tradeoff
from milepost.report.charts.multiples import Spread, multiples
from milepost.report.numbers import numbers


def test_one_layer_gives_its_rows() -> None:
    head, rows = numbers(histogram([0.0, 1.0, 2.0], [3, 4], "t", "x"))
    assert head == ("from", "to", "n")
    assert rows == [(0.0, 1.0, 3.0), (1.0, 2.0, 4.0)]
    assert numbers(bars({"a": 1}, "t", "x", "y"))[1] == [("a", 1.0, "1")]


def test_layers_stand_under_one_another() -> None:
    head, rows = numbers(tradeoff([0.0, 0.5, 1.0], [0.0, 0.9, 1.0], [0.9, 0.5, 0.1], 0.5, "t"))
    assert head[0] == "layer"
    assert {row[0] for row in rows} == {1, 2, 3, 4, 5}
    flagged, caught = head.index("flagged"), head.index("caught")
    assert (0.5, 0.9) in {(row[flagged], row[caught]) for row in rows}


def test_a_picture_drawn_by_hand_has_numbers_too() -> None:
    parts = [Spread("age", [1, 2], ("0", "9")), Spread("city", [3], labels=["Oslo"])]
    head, rows = numbers(multiples(parts, "t"))
    assert head == ("of", "value", "n")
    assert rows == [
        ("age", "bin 1 of 2 from 0 to 9", 1),
        ("age", "bin 2 of 2 from 0 to 9", 2),
        ("city", "Oslo", 3),
    ]


def test_nested_charts_are_found_and_an_empty_one_has_none() -> None:
    inner = {"data": {"values": [{"a": 1}]}}
    assert numbers(Chart({"hconcat": [inner, {"spec": inner}]}, "", "")) == (("layer", "a"), [(1, 1), (2, 1)])
    assert numbers(Chart({}, "", "")) == ((), [])
