import numpy as np
import pytest

from milepost.brief import Brief
from milepost.statistics.intervals import wilson
from milepost.steps.classes import expect_classes, matrix
from milepost.tasks.base import tasks

TASK = tasks["multiclass"].of({"targets": ["kind"], "labels": ["a", "b", "c"]})
TRUTH = np.repeat([0, 1, 2], [100, 60, 5])
SAID = np.concatenate([np.repeat([0, 1], [90, 10]), np.repeat([1, 0], [15, 45]), np.repeat(2, 5)])
EVERY = np.eye(3)[SAID]


def test_classes_are_counted_truth_by_answer():
    assert matrix(TRUTH, EVERY, 3).tolist() == [[90, 10, 0], [45, 15, 0], [0, 0, 5]]


def test_the_right_ones_of_a_day_with_their_interval():
    found = expect_classes(Brief.of({"value": {"events_per_day": 330.0}}).value, TASK, TRUTH, EVERY)
    span = wilson(110, 165)
    assert found.sentence == (
        f"Every day, of 330 cases, an average of 220 ({330 * span.low:.0f} to {330 * span.high:.0f}) would "
        f"be given the right one of the 3 classes of 'kind', and 110 ({330 * (1 - span.high):.0f} to "
        f"{330 * (1 - span.low):.0f}) a wrong one."
    )


def test_each_class_has_its_share_and_small_ones_none():
    found = expect_classes(Brief().value, TASK, TRUTH, EVERY)
    table = {row[0]: row for row in found.tables[0].rows}
    assert table["a"][2].startswith("90 % (82.6 % to 94.5 %)")
    assert table["c"][2] == "5 of 5"
    assert "recall:c" not in found.rates
    assert found.rates["recall:b"][0] == pytest.approx(0.25)
    assert any("Too few sealed rows (under 20) to tell how often c is found" in line for line in found.more)
    assert found.warnings == ("Most cases of b are taken for something else.",)
    assert any("b for a (45 of 60 cases)" in line for line in found.more)


def test_perfect_answers_have_no_mistakes():
    found = expect_classes(Brief().value, TASK, TRUTH, np.eye(3)[TRUTH])
    assert not found.warnings
    assert not any("mistakes" in line for line in found.more)


def test_one_class_alone_is_not_set_beside_itself():
    found = expect_classes(Brief().value, TASK, np.zeros(40, dtype=int), np.eye(3)[[0] * 30 + [1] * 10])
    assert "least often" not in " ".join(found.more)
