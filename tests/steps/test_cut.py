"""What a threshold would bring is reckoned from out-of-fold predictions, each row once."""

import numpy as np
import pytest

from milepost import Project
from milepost.brief import Value
from milepost.errors import Sealed
from milepost.project.tell import onlooker
from milepost.steps.cut import Cuts


@pytest.fixture(scope="module")
def cuts(finished: Project) -> Cuts:
    return Cuts.of(onlooker(finished.road, "threshold"))


def test_it_counts_development_rows_and_no_others(finished: Project, cuts: Cuts) -> None:
    work = onlooker(finished.road, "threshold")
    with pytest.raises(Sealed):
        work.rows("test")
    development = work.rows("development")
    assert len(cuts.once) == development.height
    assert cuts.truth[cuts.once].sum() == (development["bought"] == "yes").sum()
    cells = cuts.outcomes(0.5)
    assert cells.tp + cells.fn + cells.fp + cells.tn == development.height


def test_the_outcomes_are_those_of_the_curve(cuts: Cuts) -> None:
    curve = cuts.curve
    for i in (len(curve.thresholds) // 4, len(curve.thresholds) // 2, -1):
        cells = cuts.outcomes(curve.thresholds[i])
        assert (cells.tp, cells.fp) == (curve.tp[i], curve.fp[i])


def test_a_row_that_was_predicted_often_counts_once(cuts: Cuts) -> None:
    twice = Cuts(
        cuts.task,
        Value(),
        np.concatenate([cuts.rows, cuts.rows]),
        np.concatenate([cuts.truth, cuts.truth]),
        np.concatenate([cuts.said, np.zeros(len(cuts.said))]),
    )
    assert twice.outcomes(0.5) == cuts.outcomes(0.5)


def test_a_higher_threshold_flags_less_and_misses_more(cuts: Cuts) -> None:
    low, high = cuts.expected(0.3), cuts.expected(0.7)
    assert high.counts["flagged"][0] < low.counts["flagged"][0]
    assert high.counts["missed"][0] > low.counts["missed"][0]
    assert low.sentence.startswith("At the threshold 0.3 the model misses")
    assert low.scenarios == ()


def test_the_brief_s_traffic_and_capacity_are_told(cuts: Cuts) -> None:
    value = Value(events_per_day=200.0, capacity_per_day=50.0)
    busy = Cuts(cuts.task, value, cuts.rows, cuts.truth, cuts.said)
    assert "Every day, of 200 cases," in busy.expected(0.5).sentence
    assert "25 % of the cases can be reviewed" in busy.chart(0.5).alt
    assert "reviewed" not in cuts.chart(0.5).alt
