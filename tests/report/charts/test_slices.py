"""Every configuration is a dot, and what ships is told apart."""

from milepost.report.charts import slices
from milepost.report.svg import draw


def test_dots_by_ratio_or_difference() -> None:
    values, losses, ships = [0.01, 0.1, 1.0], [0.5, 0.4, 0.6], [False, True, False]
    for log in (True, False):
        made = slices(values, losses, ships, "loss by rate", "rate", log)
        assert len(made.spec["data"]["values"]) == 3
        assert made.spec["encoding"]["x"]["scale"].get("type") == ("log" if log else None)
        assert made.alt == "Loss by rate in 3 configurations; the lowest, 0.4, at 0.1."
        assert "<svg" in draw([made])[0]


def test_nothing_to_draw() -> None:
    assert "0 configurations." in slices([], [], [], "loss by rate", "rate", False).alt
