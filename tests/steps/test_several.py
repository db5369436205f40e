"""What may be expected of several labels: how many are given, right and missed, and each by itself."""

import numpy as np
import pytest

from milepost.brief import Brief
from milepost.statistics.intervals import wilson
from milepost.steps.several import expect_labels
from milepost.tasks.base import tasks

PLAIN = {"targets": ["t"], "labels": ["a", "b", "c"], "form": ";"}
TASK = tasks["multilabel"].of(PLAIN)
TRUTH = np.zeros((200, 3), np.int64)
TRUTH[:100, 0] = TRUTH[50:150, 1] = TRUTH[:5, 2] = 1
PROBA = np.where(TRUTH == 1, 0.7, 0.2)
PROBA[:20, 0] = 0.3
PROBA[150:160, 1] = 0.6


def test_labels_of_a_day_are_counted():
    found = expect_labels(Brief.of({"value": {"events_per_day": 400.0}}).value, TASK, (TRUTH, PROBA), None)
    assert found.sentence.startswith("Every day, of 400 cases, an average of 390 (")
    assert "370 (" in found.sentence
    assert "40 (" in found.sentence
    assert found.tested == {"right": 185, "missed": 20, "false": 10}
    assert found.counts["a"][0] == pytest.approx(400 * 80 / 200)


def test_each_label_has_its_rates_and_small_ones_none():
    found = expect_labels(Brief().value, TASK, (TRUTH, PROBA), (0.5, 0.5, 0.5))
    span = wilson(80, 100)
    assert found.rates["recall:a"] == pytest.approx((0.8, span.low, span.high))
    assert found.rates["precision:b"][0] == pytest.approx(100 / 110)
    assert "recall:c" not in found.rates
    text = " ".join(found.more)
    assert "All 3 labels are right in 85 %" in text
    assert "It finds a least often" in text
    assert "how often c is found" in text
    rows = {row[0]: row for row in found.tables[0].rows}
    assert rows["c"][4] == "5 of 5"
    assert rows["a"][2] == "0.5000"
    assert not found.warnings


def test_thresholds_move_the_answers_and_lost_labels_are_warned_of():
    low = expect_labels(Brief().value, TASK, (TRUTH, PROBA), (0.25, 0.5, 0.5))
    assert low.rates["recall:a"][0] == 1.0
    high = expect_labels(Brief().value, TASK, (TRUTH, PROBA), (0.9, 0.5, 0.5))
    assert high.warnings == ("Most rows that bear a go without it.",)
