import numpy as np
import pytest

from milepost.brief import Brief
from milepost.steps.amounts import conformal, expect_amounts
from milepost.tasks.base import tasks

TASK = tasks["regression"].of({"targets": ["price"], "scale": [1.0]})


def rows(n, seed, bias=0.0, wide=1.0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(100, 20, n)
    return truth, truth + bias + wide * rng.normal(0, 5, n)


def test_errors_are_quantiles_with_intervals_that_hold_the_truth():
    found = expect_amounts(Brief().value, TASK, rows(2000, 1), rows(4000, 2))
    half, low, high = found.rates["median_error:price"]
    assert low <= 5 * 0.6745 <= high
    assert low < half < high
    assert found.rates["range_90:price"][0] == pytest.approx(5 * 1.645, rel=0.05)
    assert not found.warnings
    assert found.sentence.startswith("Of 1,000 predictions of price half would be off by 3.")
    assert "and 100 by more than" in found.sentence


def test_the_range_of_out_of_fold_residuals_covers_nine_of_ten():
    inside = []
    for seed in range(200):
        before, after = rows(200, seed), rows(200, seed + 1000)
        reach = conformal(before[0] - before[1])
        inside.append(float((np.abs(after[0] - after[1]) <= reach).mean()))
    assert np.mean(inside) == pytest.approx(0.9, abs=0.01)


def test_bias_is_seen_where_it_is():
    shifted = expect_amounts(Brief().value, TASK, rows(500, 1, bias=3.0), rows(500, 2))
    assert any("too high, by 2." in line or "too high, by 3." in line for line in shifted.more)
    fair = expect_amounts(Brief().value, TASK, rows(500, 1), rows(500, 2))
    assert any("no bias is seen" in line for line in fair.more)


def test_a_range_that_does_not_hold_is_said():
    found = expect_amounts(Brief().value, TASK, rows(500, 1, wide=2.0), rows(500, 2))
    assert "fewer than 9 of 10 sealed rows" in found.warnings[0]


def test_errors_are_told_by_size_of_the_prediction():
    truth, prediction = rows(1000, 3)
    found = expect_amounts(Brief().value, TASK, (truth, prediction), rows(500, 4))
    bands = found.tables[1].rows
    assert len(bands) == 5
    assert sum(int(row[1]) for row in bands) == 1000
    constant = expect_amounts(Brief().value, TASK, (truth, np.full(1000, 100.0)), rows(500, 4))
    assert len(constant.tables[1].rows) == 1


def test_a_vector_is_told_target_by_target_and_a_day():
    both = tasks["vector"].of({"targets": ["x", "y"], "scale": [1.0, 1.0]})
    pairs = [np.column_stack(part) for part in zip(rows(300, 5), rows(300, 6), strict=True)]
    value = Brief.of({"value": {"events_per_day": 50.0}}).value
    found = expect_amounts(value, both, (pairs[0], pairs[1]), (pairs[0], pairs[1]))
    assert found.sentence.startswith("Every day, of 50 predictions of x half")
    assert "; of y half would be off by" in found.sentence
    assert "and 5 by more than" in found.sentence
