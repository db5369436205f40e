"""The calibrator is chosen out of fold; the threshold follows costs, capacity, else balanced accuracy."""

import numpy as np
import polars as pl
import pytest

from milepost.brief import Value
from milepost.statistics.calibrators import logit, sigmoid
from milepost.tasks.classification import Binary
from milepost.tasks.multilabel import Multilabel
from milepost.tasks.regression import Regression
from milepost.training.calibrate import apply
from milepost.training.polish import Rows, bounded, calibrator, propose

TASK = Binary(("y",), ("no", "yes"))


@pytest.fixture
def scored(rng: np.random.Generator):
    """Honest probabilities of 4,000 rows, and truth drawn by them."""
    p = rng.beta(1, 4, 4000)
    truth = (rng.random(4000) < p).astype(int)
    return p, truth, np.arange(4000)


def rows(units, **columns) -> Rows:
    return Rows(pl.DataFrame({"n": units} | columns), units)


def test_overconfidence_is_taken_back_by_fits_on_other_rows(scored) -> None:
    p, truth, units = scored
    found = calibrator(TASK, sigmoid(2.0 * logit(p)), truth, units, 0)
    assert found.form[0] != "identity"
    before, after = (TASK.losses(truth, q).mean() for q in (sigmoid(2.0 * logit(p)), found.honest))
    assert after < before - 0.01
    assert apply(found.form, sigmoid(2.0 * logit(p))) == pytest.approx(p, abs=0.05)
    assert found.honest == pytest.approx(apply(found.form, sigmoid(2.0 * logit(p))), abs=0.03)


def test_honest_probabilities_and_numbers_stay(scored) -> None:
    p, truth, units = scored
    assert calibrator(TASK, p, truth, units, 0).form == ("identity",)
    found = calibrator(Regression(("y",), (1.0,)), p, p, units, 0)
    assert found.form == ("identity",)
    assert found.honest is p


def test_no_answer_is_surer_than_its_rows() -> None:
    """300 rows without a mistake, told with certainty: the next one may still be one in 302."""
    truth = np.arange(300) % 2
    found = bounded(calibrator(TASK, truth * 1.0, truth, np.arange(300), 0), 300, np.array([0.5, 0.5]))
    assert apply(found.form, np.array([0.0, 1.0])) == pytest.approx([0.5 / 302, 1 - 0.5 / 302], rel=1e-4)
    assert "surer than 300 rows" in found.why


def test_shares_in_production_go_into_the_form_but_not_into_the_honest_predictions(scored) -> None:
    p, truth, units = scored
    found = calibrator(TASK, p, truth, units, 0, (0.98, 0.02))
    assert found.honest is p
    assert apply(found.form, p).mean() < 0.5 * p.mean()
    assert "0.02 of yes" in found.why


def test_costs_give_the_threshold_of_elkan(scored) -> None:
    p, truth, units = scored
    found = propose(Value(cost_miss=4.0, cost_false_alarm=1.0), TASK, p, truth, rows(units), 0)
    assert found.value == pytest.approx(0.2, abs=0.05)
    assert found.low < found.value < found.high
    assert found.flat[0] <= found.value <= found.flat[1]
    column = rows(units, amount=np.full(4000, 4.0))
    same = propose(Value(cost_miss="amount", cost_false_alarm=1.0), TASK, p, truth, column, 0)
    assert same.value == found.value


def test_rows_that_count_more_move_it(scored) -> None:
    p, truth, units = scored
    value = Value(cost_miss=4.0, cost_false_alarm=1.0)
    heavy = Rows(pl.DataFrame({"n": units}), units, np.where(truth == 1, 0.2, 1.0))
    assert (
        propose(value, TASK, p, truth, heavy, 0).value > propose(value, TASK, p, truth, rows(units), 0).value
    )


def test_costs_beyond_the_capacity_are_warned_of(scored) -> None:
    p, truth, units = scored
    costs = {"cost_miss": 20.0, "cost_false_alarm": 1.0, "events_per_day": 1000.0}
    tight = propose(Value(**costs, capacity_per_day=100.0), TASK, p, truth, rows(units), 0)
    assert "more than the 100" in tight.note
    wide = propose(Value(**costs, capacity_per_day=990.0), TASK, p, truth, rows(units), 0)
    assert "of 990 that can be handled" in wide.note


def test_the_prevalence_of_production_decides_not_that_of_the_rows(rng: np.random.Generator) -> None:
    p = rng.beta(1, 4, 20_000)
    truth, amount = (rng.random(20_000) < p).astype(int), {"cost_miss": 4.0, "cost_false_alarm": 1.0}
    units = np.arange(20_000)
    rare = propose(Value(**amount, prevalence=0.02), TASK, p, truth, rows(units), 0)
    odds = (0.02 / 0.98) / (truth.mean() / (1 - truth.mean()))
    elkan = 0.25 / odds / (1 + 0.25 / odds)
    assert rare.value == pytest.approx(elkan, abs=0.1)
    assert rare.low < elkan < rare.high
    limits = {"events_per_day": 1000.0, "capacity_per_day": 15.0, "prevalence": 0.02}
    known = propose(Value(**limits), TASK, p, truth, rows(units), 0)
    ill = truth == 1
    flagged = 0.02 * (p[ill] >= known.value).mean() + 0.98 * (p[~ill] >= known.value).mean()
    assert 8 < 1000 * flagged < 15
    told = propose(Value(**limits, cost_miss=1e6, cost_false_alarm=1.0), TASK, p, truth, rows(units), 0).note
    assert float(told.split("from ")[1].split(" on they")[0]) == pytest.approx(known.value, abs=0.03)


def test_a_capacity_alone_limits_the_flags(scored) -> None:
    p, truth, units = scored
    value = Value(capacity_per_day=100.0, events_per_day=1000.0)
    found = propose(value, TASK, p, truth, rows(units), 0)
    assert (p >= found.value).mean() * 1000 < 100
    assert found.low <= found.value <= found.high
    assert found.low < found.high
    grouped = propose(value, TASK, p, truth, rows(units // 10), 0)
    assert grouped.value == found.value


def test_without_either_balanced_accuracy_decides_and_numbers_need_none(scored) -> None:
    p, truth, units = scored
    found = propose(Value(), TASK, p, truth, rows(units), 0)
    assert 0.1 < found.value < 0.35
    none = propose(Value(), Regression(("y",), (1.0,)), p, p, rows(units), 0)
    assert none.value is None


LABELS = Multilabel(("y",), ("a", "b", "c"), ";")


@pytest.fixture
def several(rng: np.random.Generator):
    """Probabilities of three labels, the second overconfident, the third of hardly any row."""
    p = rng.beta([2, 1, 0.05], [4, 3, 40], (3000, 3))
    truth = (rng.random(p.shape) < p).astype(int)
    return np.column_stack([p[:, 0], sigmoid(2.5 * logit(p[:, 1])), p[:, 2]]), truth, np.arange(3000)


def test_each_label_is_calibrated_by_itself(several) -> None:
    p, truth, units = several
    found = calibrator(LABELS, p, truth, units, 0)
    assert [form[0] for form in found.form[1]][::2] == ["identity", "identity"]
    assert found.form[1][1][0] != "identity"
    assert LABELS.losses(truth, found.honest).mean() < LABELS.losses(truth, p).mean() - 0.01
    assert apply(found.form, p) == pytest.approx(found.honest, abs=0.05)
    assert "each label by itself: identity for 2" in found.why
    assert calibrator(LABELS, p[:, [0, 0, 0]], truth[:, [0, 0, 0]], units, 0).form == ("identity",)


def test_each_label_has_a_threshold_and_rare_ones_that_of_all(several) -> None:
    p, truth, units = several
    found = propose(Value(), LABELS, p, truth, rows(units), 0)
    assert isinstance(found.value, tuple)
    assert len(found.value) == 3
    assert "best F1" in found.why
    assert "tell c apart" in found.note
    priced = propose(Value(cost_miss=4.0, cost_false_alarm=1.0), LABELS, p, truth, rows(units), 0)
    assert priced.value[0] == pytest.approx(0.2, abs=0.06)
    columns = propose(Value(cost_miss="n", cost_false_alarm=1.0), LABELS, p, truth, rows(units), 0)
    assert columns.value != priced.value
