"""Single scores as bars."""

from milepost.report.charts.alone import alone
from milepost.report.svg import draw


def test_marked_columns_stand_out_even_when_weak() -> None:
    scores = {f"c{i}": 0.9 - i / 100 for i in range(35)} | {"weak": 0.51}
    chart = alone(scores, {"weak": "left out"}, "Scores", "AUC")
    names = {row["name"]: row["kind"] for row in _rows(chart)}
    assert names["weak"] == "marked"
    assert names["c0"] == "plain"
    assert len(names) == 25
    (svg,) = draw([chart])
    assert "left out" in svg


def test_bars_begin_at_knowing_nothing() -> None:
    chart = alone({"bad": 0.2, "good": 0.8}, {}, "Scores", "share", floor=0.5)
    rows = {row["name"]: row for row in _rows(chart)}
    assert rows["bad"]["n"] == rows["bad"]["from"] == 0.5
    assert rows["good"]["n"] == 0.8
    assert "good 0.800" in chart.alt


def test_no_column_no_bar() -> None:
    assert draw([alone({}, {}, "Scores", "AUC")])


def _rows(chart) -> list:
    return chart.spec["data"]["values"]
