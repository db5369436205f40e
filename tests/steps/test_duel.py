from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from milepost import metrics
from milepost.statistics.delong import delong_test
from milepost.steps.answers import Answer
from milepost.steps.duel import Court, fight, interval_of, three_way
from milepost.tasks.classification import Binary


def court(rows: int = 600, folds: int | None = None, metric: str = "roc_auc", seed: int = 0) -> Court:
    rng = np.random.default_rng(seed)
    return Court(
        task=Binary(("y",), ("no", "yes")),
        metric=metrics.get(metric),
        truth=rng.integers(0, 2, rows),
        units=np.arange(rows),
        unit="row",
        fold_of=np.arange(rows) % (folds or 1),
        train_rows=(rows - rows // (folds or 5),) * (folds or 1),
        kind="kfold" if folds else "holdout",
        folds=folds,
        seed=0,
    )


def answer(name: str, prediction: np.ndarray) -> Answer:
    return Answer(name, name, prediction, prediction)


def informed(court: Court, strength: float, seed: int = 1) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=len(court.truth))
    return 1 / (1 + np.exp(-(strength * (2 * court.truth - 1) + 0.5 * noise)))


def flat(court: Court) -> dict[str, Answer]:
    return {"class shares": answer("class shares", np.full(len(court.truth), court.truth.mean()))}


def test_a_real_gain_is_seen_by_every_test() -> None:
    bench = court(folds=5)
    models = {"weak": answer("weak", informed(bench, 0.05)), "good": answer("good", informed(bench, 0.5))}
    result = fight(bench, flat(bench), models)
    assert result.best == "good"
    assert result.p < 1e-6
    assert result.better > 0.99
    assert result.low > 0
    assert all(test.p < 0.01 for test in result.tests)
    assert [test.name.split()[0] for test in result.tests] == ["paired", "corrected", "DeLong,", "McNemar"]
    assert "rows are enough to confirm a gain of that size" in result.sentence
    assert result.loss_gain > 0
    assert "better with probability" in three_way(result, "roc_auc")


def test_no_gain_names_the_rows_that_would_be_needed() -> None:
    bench = court(rows=300)
    faint = 0.5 + 0.2 * (informed(bench, 0.03, seed=6) - 0.5)
    result = fight(bench, flat(bench), {"model": answer("model", faint)})
    assert result.p > 0.05
    assert result.better < 0.95
    assert result.low < 0 < result.high
    assert "With 300 rows the smallest gain this test sees 8 times in 10 is" in result.sentence
    if result.gain > 0:
        assert result.needed > 300
        assert "you need about" in result.sentence or "within reach" in result.sentence


def test_the_best_of_the_simple_answers_is_the_one_to_beat() -> None:
    bench = court()
    simple = {**flat(bench), "existing": answer("existing", informed(bench, 0.8, seed=3))}
    result = fight(bench, simple, {"model": answer("model", informed(bench, 0.4))})
    assert result.baseline == "existing"
    assert result.gain < 0
    assert result.needed is None or result.loss_gain > 0
    assert result.p > 0.5


def test_an_area_is_judged_by_delong() -> None:
    bench = court()
    good, weak = informed(bench, 0.5), informed(bench, 0.4, seed=8)
    result = fight(bench, {"existing": answer("existing", weak)}, {"model": answer("model", good)})
    reference = delong_test(bench.truth, good, weak)
    assert result.gain == pytest.approx(reference.gain)
    assert (result.high - result.low) / 2 == pytest.approx(1.964 * reference.standard_error, rel=0.01)


def test_accuracy_is_tested_on_right_and_wrong() -> None:
    bench = court(metric="accuracy")
    result = fight(bench, flat(bench), {"model": answer("model", informed(bench, 0.6))})
    assert "on accuracy" in result.tests[0].name
    assert result.tests[0].gain == pytest.approx(result.gain)


def test_groups_and_folds_widen_what_is_said() -> None:
    alone = court(rows=400)
    together = replace(alone, units=np.arange(400) // 8, unit="group")
    model = {"model": answer("model", informed(alone, 0.2))}
    lone, grouped = (fight(c, flat(c), model) for c in (alone, together))
    five = {"folds": 5, "fold_of": np.arange(400) % 5, "train_rows": (320,) * 5, "kind": "kfold"}
    out_of_fold = fight(replace(alone, **five), flat(alone), model)
    assert out_of_fold.p > lone.p
    assert out_of_fold.detectable == pytest.approx(1.5 * lone.detectable, rel=0.01)
    assert lone.gain == pytest.approx(grouped.gain)


def test_losses_that_drift_together_do_not_pass_for_a_gain_in_time() -> None:
    rng = np.random.default_rng(0)
    passed = {"rolling": 0, "holdout": 0}
    for _ in range(100):
        bench = court(rows=400, metric="brier")
        units = np.arange(400) // 4
        drift = np.convolve(rng.normal(size=108), np.ones(9) / 3, "valid")[units]
        truth = np.zeros(400, int)
        bench = replace(bench, truth=truth, units=units, unit="day")
        theirs = np.full(400, 0.5)
        mine = np.clip(0.5 + 0.1 * drift, 0, 1)
        for kind in passed:
            found = replace(bench, kind=kind).compare(mine, theirs)
            passed[kind] += found.gain > 0 and found.p < 0.05
    assert passed["rolling"] < passed["holdout"]


def test_a_score_without_an_interval_says_so() -> None:
    bench = replace(court(rows=50, metric="balanced_accuracy"), truth=np.array([1] + [0] * 49))
    score, low, high = interval_of(bench, answer("model", np.full(50, 0.4)))
    assert np.isfinite(score)
    assert (low is None) == (high is None)


def test_a_loss_is_not_to_be_confirmed_by_more_rows() -> None:
    bench = replace(court(rows=90, metric="log_loss"), units=np.repeat([0, 1, 2], [80, 5, 5]), unit="group")
    worse = np.full(90, bench.truth.mean())
    worse[:80] = np.where(bench.truth[:80] == 1, 0.1, 0.9)  # bad in the large group
    worse[80:] = np.where(bench.truth[80:] == 1, 0.95, 0.05)  # good in the small ones
    result = fight(bench, flat(bench), {"model": answer("model", worse)})
    assert result.gain < 0
    assert result.needed is None
    assert "There is no gain that more rows could confirm." in result.sentence
