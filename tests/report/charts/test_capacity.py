from __future__ import annotations

from milepost.report.charts import capacity
from milepost.report.svg import draw


def test_both_losses_and_the_turn_are_shown_and_told() -> None:
    chart = capacity(["4 leaves", "8 leaves", "16 leaves"], [0.4, 0.2, 0.1], [0.5, 0.3, 0.4], 2, "T")
    assert chart.alt == (
        "Loss by size of the model: from 4 leaves to 16 leaves training loss goes from 0.4 to 0.1, "
        "validation loss from 0.5 to 0.4; validation turns at 16 leaves."
    )
    svg = draw([chart])[0]
    assert all(text in svg for text in (">4 leaves<", ">16 leaves<", ">turns here<", ">validation<"))
    assert "turns here" not in draw([capacity(["a", "b"], [1, 0], [1, 1], None, "T")])[0]


def test_an_empty_ladder_is_drawn_too() -> None:
    assert "<svg" in draw([capacity([], [], [], None, "T")])[0]
