"""What tells two samples apart reads only the columns that it needs."""

import numpy as np
import pytest

from milepost.statistics.apart import Setting, drops, fitted
from milepost.statistics.shift import c2st


def test_columns_that_no_tree_reads_change_nothing(monkeypatch):
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, 300, 400)).round(1)
    a[:, 60:], b[:, 60:] = 1.0, 1.0
    a[:50, 7], b[:, 3] = np.nan, b[:, 3] + 0.5
    narrow = c2st(a, b)
    assert 0 < (narrow.importance != 0).sum() <= 60
    monkeypatch.setattr("milepost.statistics.apart.SPARSE", np.inf)
    whole = c2st(a, b)
    np.testing.assert_array_equal(narrow.importance, whole.importance)
    np.testing.assert_array_equal(narrow.probabilities, whole.probabilities)


@pytest.mark.parametrize("learner", ["boosting", "logistic"])
def test_the_column_that_differs_is_the_one_that_matters(learner):
    generator = np.random.default_rng(1)
    table = generator.normal(size=(1200, 5))
    labels = np.repeat(np.array([0, 1]), 600)
    table[labels == 1, 3] += 1.5
    predict, used = fitted(table, labels, Setting(learner))
    lowered = drops(predict, table, labels, used, generator)
    assert lowered.argmax() == 3
    assert lowered[3] > 0.2 > np.abs(np.delete(lowered, 3)).max()
    assert 3 in used
