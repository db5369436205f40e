import math
from dataclasses import replace

import pytest

from milepost.errors import InputError
from milepost.statistics.protocol import Situation, choose, halfwidth, repeats


def test_many_rows_get_a_holdout() -> None:
    found = choose(Situation(rows=100_000, rarest=40_000, expected=0.8))
    assert (found.kind, found.folds, found.fraction) == ("holdout", 1, 0.2)
    assert found.halfwidth == pytest.approx(1.96 * math.sqrt(0.16 / 20_000))
    assert "20,000 rows" in found.reason


def test_the_holdout_is_capped() -> None:
    assert choose(Situation(rows=1_000_000, rarest=400_000)).fraction == pytest.approx(0.05)


def test_the_border_between_holdout_and_folds_is_where_the_interval_says() -> None:
    needed = 5 * 6147
    assert choose(Situation(rows=needed, rarest=5000, expected=0.8)).kind == "holdout"
    assert choose(Situation(rows=needed - 20, rarest=5000, expected=0.8)).kind == "kfold"


def test_a_rare_class_forbids_the_holdout() -> None:
    found = choose(Situation(rows=100_000, rarest=450, expected=0.99))
    assert (found.kind, found.folds) == ("kfold", 5)
    assert "90 rows of the rarest class" in found.reason


@pytest.mark.parametrize(
    ("rows", "rarest", "folds"),
    [(900, 300, 10), (2000, 300, 5), (900, 15, 5), (900, 8, 3), (900, 2, 2), (900, None, 10), (5, None, 5)],
)
def test_folds_follow_rows_and_the_rarest_class(rows: int, rarest: int | None, folds: int) -> None:
    found = choose(Situation(rows=rows, rarest=rarest))
    assert (found.kind, found.folds) == ("kfold", folds)
    assert bool(found.notes) == (rarest is not None and rarest < 10)


def test_the_budget_shrinks_folds_and_then_gives_one_holdout() -> None:
    base = {"rows": 900, "rarest": 300, "fit_seconds": 10.0}
    assert choose(Situation(**base, budget=100)).folds == 10
    assert choose(Situation(**base, budget=99)).folds == 5
    assert choose(Situation(**base, budget=40)).folds == 3
    poor = choose(Situation(**base, budget=20))
    assert poor.kind == "holdout"
    assert "exceed the budget" in poor.reason


def test_noise_of_splitting_is_repeated_away_within_the_budget() -> None:
    base = {"rows": 500, "rarest": 200, "fit_seconds": 1.0}
    found = choose(Situation(**base, split_sd=0.01))
    assert (found.kind, found.folds, found.repeats) == ("repeated", 10, 4)
    assert choose(Situation(**base, split_sd=0.005)).kind == "kfold"
    assert choose(Situation(**base, split_sd=0.01, budget=25)).repeats == 2
    assert choose(Situation(**base, split_sd=0.01, budget=15)).kind == "kfold"


@pytest.mark.parametrize(("sd", "times"), [(0.001, 2), (0.008, 3), (0.01, 4), (0.05, 10)])
def test_repeats_formula(sd: float, times: int) -> None:
    assert repeats(sd, 0.01) == times


def test_groups_are_the_unit() -> None:
    few = choose(Situation(rows=50_000, rarest=20_000, groups=7))
    assert (few.kind, few.folds, few.grouped) == ("kfold", 7, True)
    assert "7 groups" in few.reason
    some = choose(Situation(rows=100_000, rarest=40_000, groups=60))
    assert (some.kind, some.folds, some.grouped) == ("kfold", 5, True)
    assert some.halfwidth > 0.1
    with pytest.raises(InputError, match="one group"):
        choose(Situation(rows=100, groups=1))


def test_time_is_never_shuffled() -> None:
    found = choose(Situation(rows=1_000_000, rarest=400_000, time=True))
    assert (found.kind, found.folds, found.ordered) == ("kfold", 5, True)
    assert found.fraction == pytest.approx(1 / 6)
    assert any("gap" in note for note in found.notes)


def test_halfwidths_of_other_metrics() -> None:
    area = Situation(rows=1000, rarest=100, metric="auc", expected=0.9)
    assert halfwidth(area, 1.0) == pytest.approx(1.96 * 0.020877, abs=1e-5)
    assert halfwidth(area, 0.001) == math.inf
    recall = Situation(rows=1000, rarest=100, metric="rate")
    assert halfwidth(recall, 1.0) == pytest.approx(1.96 * 0.05)
    loss = Situation(rows=400, metric="loss", spread=2.0)
    assert halfwidth(loss, 1.0) == pytest.approx(1.96 * 0.1)
    with pytest.raises(InputError, match="spread"):
        choose(Situation(rows=400, metric="loss"))


def test_too_little_is_refused() -> None:
    with pytest.raises(InputError, match="3 rows"):
        choose(Situation(rows=3))
    with pytest.raises(InputError, match="tolerance 0"):
        choose(Situation(rows=30, tolerance=0))


@pytest.mark.parametrize(
    ("rows", "rarest", "says"), [(280, 70, "10 folds"), (4000, 1000, "A holdout of 800")]
)
def test_losses_that_are_all_the_same_foretell_no_precision(rows: int, rarest: int, says: str) -> None:
    even = Situation(rows=rows, rarest=rarest, metric="loss", spread=1e-16, tolerance=0.01)
    found = choose(even)
    assert found.reason.startswith(says)
    assert found.reason.endswith("is shows with the first model.")
    assert math.isinf(found.halfwidth)
    assert "±" in choose(replace(even, spread=0.5)).reason
