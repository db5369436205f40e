"""Charts of windows show every alarm, and say in words what they show."""

from milepost.report.charts.windows import ageing, heat, scores
from milepost.report.svg import draw

WINDOWS = [f"2024-01-{d:02}" for d in range(1, 21)]


def test_the_map_marks_alarms_and_names_their_signals() -> None:
    shares = [[0.1] * 19 + [1.4], [0.0] * 20]
    chart = heat(["drift age", "missing age"], WINDOWS, shares, "Signals")
    assert chart.alt == "20 windows; alarms in drift age."
    rows = chart.spec["data"]["values"]
    assert [r["at"] for r in rows if r["alarm"]] == ["2024-01-20"]
    assert max(r["share"] for r in rows) == 1.0
    assert "<svg" in draw([chart])[0]


def test_no_name_of_a_signal_is_left_out() -> None:
    names = [f"drift {letter}" for letter in "abcdefghijkl"]
    moments = [f"{day} 20:14:58" for day in WINDOWS]
    for windows in (WINDOWS, moments):
        chart = heat(names, windows, [[0.5] * 20] * len(names), "Signals")
        assert chart.spec["height"] >= 22 * len(names)
        drawn = draw([chart])[0]
        assert [name for name in names if f">{name}<" not in drawn] == []


def test_scores_are_drawn_with_bands_where_they_are_known() -> None:
    estimated = [(0.8, 0.75, 0.85)] * 20
    real = [(None, None, None)] * 10 + [(0.7, 0.6, 0.8)] * 10
    chart = scores(WINDOWS, estimated, real, 0.81, ([], ["2024-01-20"]), "roc_auc")
    assert chart.alt == "roc_auc of 20 windows, 0.81 is normal; 1 alarm."
    drawn = draw([chart])[0]
    assert "estimated" in drawn
    rows = chart.spec["data"]["values"]
    assert [(r["at"], r["of"]) for r in rows if r["alarm"]] == [("2024-01-20", "real")]


def test_ageing_tells_from_where_to_where() -> None:
    chart = ageing([10.0, 20.0], [(0.01, 0.0, 0.02), (0.03, 0.01, 0.05)], "rmse")
    assert chart.alt == "From 0.01 at 10 days to 0.03 at 20."
    assert "<svg" in draw([chart])[0]
