"""What could ship is drawn by its size, with the interval of its score."""

from milepost.report.charts import frontier
from milepost.report.svg import draw


def test_a_dot_a_point_by_ratios_of_size() -> None:
    points = [("ensemble", 4.0, 0.9, 0.9, 0.9), ("small", 0.25, 0.89, 0.88, 0.9)]
    made = frontier(points, "What smaller models cost", "roc_auc")
    assert [row["size"] for row in made.spec["data"]["values"]] == [4.0, 0.25]
    assert made.spec["layer"][0]["encoding"]["x"]["scale"]["type"] == "log"
    assert made.alt == "roc_auc by size: ensemble 0.9 at 4 MB, small 0.89 at 0.25 MB."
    assert "<svg" in draw([made])[0]
