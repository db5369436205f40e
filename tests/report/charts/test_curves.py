from __future__ import annotations

import math

import numpy as np
import pytest

from milepost.report.charts.curves import calibration, curve_band, effects, tradeoff, training_curves, trend
from milepost.report.svg import draw


def test_a_learning_curve_over_a_wide_range_is_scaled_by_ratios() -> None:
    wide = curve_band([100, 1000], [0.5, 0.4], [0.4, 0.3], [0.6, 0.5], "T", "rows", "loss")
    near = curve_band([100, 200], [0.5, 0.4], [0.4, 0.3], [0.6, 0.5], "T", "rows", "loss")
    assert wide.alt == "loss by rows: 0.5 at 100 to 0.4 at 1,000."
    assert '"log"' in str(wide.spec).replace("'", '"')
    assert '"log"' not in str(near.spec).replace("'", '"')
    assert curve_band([], [], [], [], "T", "rows").alt.endswith("empty.")


def test_training_curves_mark_the_best_step_and_name_the_lines() -> None:
    steps = np.arange(1, 2001)
    valid = (steps - 500.0) ** 2 / 1e6 + 0.3
    chart = training_curves(steps, 1 / steps, valid, "T")
    assert chart.alt.startswith("Validation loss is lowest, 0.3, at 500;")
    svg = draw([chart])[0]
    assert ">validation<" in svg
    assert ">training<" in svg
    assert len(svg) < 20_000
    assert "at 2" in training_curves([1, 2], [1.0, math.nan], [math.nan, 0.5], "T").alt
    assert "<svg" in draw([training_curves([1], [0.5], [0.6], "T")])[0]


def test_names_of_curves_that_end_at_the_floor_stay_off_the_axis() -> None:
    chart = training_curves([1, 2, 3], [1.0, 0.1, 0.0], [1.0, 0.1, 0.01], "T")
    lifted = [layer["mark"]["dy"] for layer in chart.spec["layer"] if layer["mark"]["type"] == "text"]
    assert len(set(lifted)) == 2
    assert max(lifted) < 0


@pytest.mark.parametrize(
    ("threshold", "says"), [(0.9, "flag 10 %, catch 40 %"), (0.2, "flag 80 %, catch 95 %")]
)
def test_tradeoff_names_what_the_threshold_buys(threshold: float, says: str) -> None:
    chart = tradeoff([0.1, 0.5, 0.8], [0.4, 0.8, 0.95], [0.9, 0.5, 0.2], threshold, "T")
    assert says in chart.alt
    assert says in draw([chart])[0]
    assert (
        tradeoff([0.1], [0.4], [0.9], None, "T").alt
        == "Trade-off between cases flagged and positives caught."
    )


def test_calibration_counts_bins_that_hold() -> None:
    chart = calibration([0.1, 0.6], [0.12, 0.3], [0.05, 0.2], [0.2, 0.4], "T")
    assert chart.alt == "Calibration in 2 bins; in 1 the interval holds what was said."
    assert "<svg" in draw([chart])[0]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((1.0, 2.0, 5.0), "x:Q"),
        (("2013-01-01 05:00:00", "2013-02-01 05:00:00", "2013-03-01 05:00:00"), "x:T"),
        (("20130101", "20130201", "20130301"), "name:N"),
        (("JFK", "LGA", "EWR"), "name:N"),
    ],
)
def test_effects_are_placed_by_what_the_values_are(values: tuple[float | str, ...], kind: str) -> None:
    chart = effects(values, [0.1, 0.2, 0.15], "Effect of x", "late")
    assert chart.alt == "Effect of x: late between 0.1 and 0.2."
    field, letter = kind.split(":")
    full = {"Q": "quantitative", "T": "temporal", "N": "nominal"}[letter]
    assert f"'field': '{field}'" in str(chart.spec)
    assert full in str(chart.spec)
    assert "<svg" in draw([chart])[0]


def test_a_trend_keeps_alarms_however_long_it_is() -> None:
    days = [f"2013-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(330)]
    values = np.linspace(0, 1, 330)
    chart = trend(days, values, "T", "share", (values - 0.1, values + 0.1), alarms=[days[1], days[200]])
    assert chart.alt == "share from 0 to 1; 2 alarms."
    assert draw([chart])[0].count('fill="#b4432f"') == 2
    assert trend([1, 2], [3, 4], "T", "share").alt == "share from 3 to 4; 0 alarms."
