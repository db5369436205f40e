"""The estimate follows the inputs and is blind to a changed relation, which outcomes show."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost import metrics
from milepost.data.infer import infer_schema
from milepost.monitors.base import Reference, Window
from milepost.monitors.quality import Quality, estimated, real, weights
from milepost.tasks.infer import infer


def found(window, normal):
    return {signal.name: signal for signal in Quality().watch(window, normal)}


def test_an_ordinary_window_is_estimated_near_its_real_score(normal, window) -> None:
    seen = found(window(3000, seed=4, labelled=True), normal)
    assert seen["estimated"].now == pytest.approx(seen["real"].now, abs=0.03)
    assert seen["estimated"].low < seen["real"].now < seen["estimated"].high
    assert max(seen["estimated"].size, seen["real"].size) < seen["real"].least
    assert "real" not in found(window(), normal)


def test_a_changed_relation_shows_in_outcomes_only(normal, window) -> None:
    made = window(3000, labelled=True)
    flipped = replace(made, truth=np.where(np.arange(3000) % 3 == 0, 1 - made.truth, made.truth))
    seen = found(flipped, normal)
    assert seen["estimated"].size < seen["estimated"].least
    assert seen["real"].size > 2 * seen["real"].least
    assert seen["real"].high < normal.score


def test_harder_inputs_lower_the_estimate_and_are_weighted(normal, window) -> None:
    made = window(4000, labelled=True)
    kept = np.flatnonzero(np.abs(made.frame["x"].to_numpy()) < 0.4)
    hard = Window("w", made.frame[kept], made.prediction[kept], made.truth[kept], np.arange(len(kept)))
    guess = estimated(hard, normal)
    assert guess.method == "pape"
    assert weights(hard, normal) is not None
    assert weights(made, normal) is None
    score = metrics.get("roc_auc")(made.truth[kept], made.prediction[kept])
    assert guess.value == pytest.approx(score, abs=0.05)
    assert found(hard, normal)["estimated"].size > 0.1


def test_where_the_score_is_not_defined_nothing_is_said(normal, window) -> None:
    made = window(100, labelled=True)
    one = replace(made, truth=np.zeros(100, int))
    assert "real" not in found(one, normal)
    assert np.isnan(real(normal, np.zeros(50, int), made.prediction[:50])[0])


@pytest.mark.parametrize("name", ["accuracy", "log_loss", "f1"])
def test_the_error_of_every_kind_of_metric_is_that_of_a_bootstrap(normal, window, name) -> None:
    made = window(800, labelled=True)
    metric = metrics.get(name)
    value, error = real(replace(normal, metric=metric), made.truth, made.prediction)
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, 800, 800) for _ in range(300)]
    again = np.std([metric(made.truth[d], made.prediction[d]) for d in draws])
    assert value == pytest.approx(metric(made.truth, made.prediction))
    assert error == pytest.approx(again, rel=0.25)


def test_numbers_are_estimated_by_the_size_of_their_errors() -> None:
    rng = np.random.default_rng(0)

    def rows(count, low):
        x = rng.uniform(low, 1, count)
        truth = 3 * x + (0.1 + x) * rng.normal(size=count)
        return pl.DataFrame({"x": x, "w": rng.normal(size=count)}), truth, 3 * x

    frame, truth, said = rows(3000, 0.0)
    task, _ = infer(pl.DataFrame({"y": truth}), "regression", "")
    normal = Reference(task, metrics.get("rmse"), infer_schema(frame), frame, truth, said, None, 1.2)
    later, real_truth, answer = rows(1500, 0.8)
    seen = found(Window("w", later, answer, real_truth, np.arange(1500)), normal)
    assert seen["estimated"].now == pytest.approx(seen["real"].now, rel=0.1)
    assert seen["estimated"].size > seen["estimated"].least
