"""The areas agree with scikit-learn's, ties and weights included."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from milepost.metrics.ranking import area_under_roc, area_under_steps


@given(
    rows=st.integers(2, 300), levels=st.sampled_from([2, 5, 10_000]), weighed=st.booleans(),
    seed=st.integers(0, 10_000),
)  # fmt: skip
def test_areas_are_those_of_scikit_learn(rows: int, levels: int, weighed: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    positive = rng.random(rows) < rng.uniform(0.02, 0.98)
    positive[:2] = [True, False]
    scores = rng.integers(0, levels, rows) / levels
    weight = rng.exponential(size=rows) if weighed else None
    expected = average_precision_score(positive, scores, sample_weight=weight)
    assert area_under_steps(positive, scores, weight) == pytest.approx(expected, abs=1e-12)
    expected = roc_auc_score(positive, scores, sample_weight=weight)
    assert area_under_roc(positive, scores, weight) == pytest.approx(expected, abs=1e-12)


def test_without_both_classes_there_is_no_area() -> None:
    scores = np.array([0.1, 0.2])
    assert math.isnan(area_under_roc(np.array([True, True]), scores))
    assert math.isnan(area_under_roc(np.array([False, False]), scores))
    assert math.isnan(area_under_steps(np.array([False, False]), scores))
    assert area_under_steps(np.array([True, True]), scores) == 1.0
    assert math.isnan(area_under_roc(np.array([True, False]), scores, np.array([0.0, 1.0])))
    assert math.isnan(area_under_steps(np.array([True, False]), scores, np.array([0.0, 1.0])))
