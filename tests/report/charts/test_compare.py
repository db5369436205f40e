from __future__ import annotations

import numpy as np

from milepost.report.charts.compare import confusion, forest, importance
from milepost.report.svg import draw


def test_forest_shows_every_value_and_tells_the_intervals() -> None:
    chart = forest(
        [("promised", 0.73, 0.72, 0.74), ("came", 0.729, 0.71, 0.75)], "T", "roc_auc", reference=0.5
    )
    assert chart.alt == "roc_auc with intervals: promised 0.73 (0.72 to 0.74); came 0.729 (0.71 to 0.75)."
    svg = draw([chart])[0]
    assert all(text in svg for text in (">promised<", ">came<", ">0.73<", ">0.729<"))


def test_a_long_number_at_the_edge_stays_off_the_names() -> None:
    chart = forest([("a", 0.0005816, 0.0, 0.001), ("b", 1.0, 0.9, 1.1)], "T", "loss")
    scales = [layer["encoding"]["x"].get("scale", {}) for layer in chart.spec["layer"]]
    assert max(scale.get("padding", 0) for scale in scales) >= 4 * len("0.0005816")


def test_equal_names_stay_apart_and_long_lists_end() -> None:
    chart = forest([("same", i / 100, 0.0, 1.0) for i in range(50)], "T", "auc")
    svg = draw([chart])[0]
    assert "same (30)" in svg
    assert "same (31)" not in svg
    assert len(svg) < 60_000
    assert "<svg" in draw([forest([], "T", "auc")])[0]


def test_importance_keeps_the_order_given() -> None:
    svg = draw([importance([("z", 0.2, 0.1, 0.3), ("a", 0.1, 0.0, 0.2)], "T", "rise")])[0]
    assert svg.index(">z<") < svg.index(">a<")


def test_confusion_shows_counts_or_shares_and_at_most_twelve_classes() -> None:
    small = confusion([[8, 2], [1, 9]], ["no", "yes"], "T")
    assert small.alt == "Confusion matrix of 2 classes; 85 % on the diagonal."
    assert ">8<" in draw([small])[0]
    large = confusion(np.eye(40) * 100, [f"class {i}" for i in range(40)], "T")
    svg = draw([large])[0]
    assert svg.count(">class ") == 24
    assert len(svg) < 60_000
    assert "0 % on the diagonal" in confusion(np.zeros((2, 2)), ["a", "b"], "T").alt
