"""Greedy selection beats the best single model on fresh rows, and flatters itself more on its own."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from milepost.tasks.classification import Binary, Multiclass
from milepost.tasks.regression import Regression
from milepost.training.ensemble import VALUES, Library, blend, choose, climb, greedy, stride

TASK = Binary(("y",), ("no", "yes"))


@pytest.fixture(scope="module")
def judged() -> tuple:
    """Truth and predictions in three classes: one good model on most columns, fifteen on a few each."""
    x, y = make_classification(
        4500, 20, n_informative=8, n_redundant=4, n_classes=3, flip_y=0.1, class_sep=0.8, random_state=0
    )
    rng, shown = np.random.default_rng(0), []
    for i in range(16):
        columns = rng.permutation(20)[: 16 if i == 0 else 7]
        kinds = (RandomForestClassifier(40, min_samples_leaf=5, random_state=i), LogisticRegression())
        model = (*kinds, KNeighborsClassifier(60))[i % 3]
        shown.append(model.fit(x[:1500, columns], y[:1500]).predict_proba(x[1500:, columns]))
    return y[1500:], np.stack(shown)


def test_greedy_is_better_on_fresh_rows_and_flatters_itself_more(
    judged: tuple, rng: np.random.Generator
) -> None:
    """Over many draws of few validation rows (Caruana et al. 2004)."""
    truth, shown = judged
    task = Multiclass(("y",), ("a", "b", "c"))
    losses = np.stack([task.losses(truth, p) for p in shown])
    even = task.losses(truth, shown.mean(axis=0))
    kept: dict[str, list] = {"single": [], "even": [], "greedy": []}
    for _ in range(40):
        valid = np.zeros(len(truth), bool)
        valid[rng.permutation(len(truth))[:200]] = True
        weights = greedy(task, truth[valid], list(shown[:, valid]))
        assert weights.sum() == pytest.approx(1)
        found = task.losses(truth, blend(list(shown), weights))
        best = losses[int(losses[:, valid].mean(axis=1).argmin())]
        for name, loss in (("single", best), ("even", even), ("greedy", found)):
            kept[name].append((loss[valid].mean(), loss[~valid].mean()))
    seen, fresh = ({name: np.mean(v, axis=0)[i] for name, v in kept.items()} for i in (0, 1))
    gap = {name: fresh[name] - seen[name] for name in kept}
    assert fresh["greedy"] < fresh["single"] - 0.004
    assert fresh["greedy"] < fresh["even"]
    assert gap["greedy"] > gap["single"]
    assert gap["greedy"] > gap["even"]


def test_weights_are_those_of_trying_every_model_one_by_one(rng: np.random.Generator) -> None:
    truth = rng.integers(0, 2, 200)
    shown = [np.clip(0.5 + 0.2 * (truth - 0.5) + rng.normal(0, 0.2, 200), 0.02, 0.98) for _ in range(4)]
    weights = climb(Library(TASK, truth, np.stack(shown)), 20)
    chosen = list(np.argsort([TASK.losses(truth, p).mean() for p in shown])[:3])
    best, prefix = np.inf, chosen
    for _ in range(20):
        mixed = TASK.losses(truth, np.mean([shown[i] for i in chosen], axis=0)).mean()
        if mixed < best:
            best, prefix = mixed, list(chosen)
        trials = [
            TASK.losses(truth, np.mean([shown[i] for i in [*chosen, j]], axis=0)).mean() for j in range(4)
        ]
        if min(trials) > mixed - 1e-7 * mixed and len(chosen) > 3:
            break
        chosen.append(int(np.argmin(trials)))
    assert weights == pytest.approx(np.bincount(prefix, minlength=4) / len(prefix))


def test_rows_that_count_twice_are_as_good_as_twice_the_rows(rng: np.random.Generator) -> None:
    truth = rng.integers(0, 2, 120)
    shown = np.clip(0.5 + 0.3 * (truth - 0.5) + rng.normal(0, 0.2, (5, 120)), 0.02, 0.98)
    rows = rng.integers(0, 120, 120)
    count = np.bincount(rows, minlength=120).astype(float)
    some = np.flatnonzero(count)
    counted = climb(Library(TASK, truth[some], shown[:, some], count[some]))
    assert counted == pytest.approx(climb(Library(TASK, truth[rows], shown[:, rows])))


def test_one_model_ships_where_a_blend_gains_nothing(rng: np.random.Generator) -> None:
    truth = rng.integers(0, 2, 400)
    good = np.clip(0.5 + 0.5 * (truth - 0.5) + rng.normal(0, 0.1, 400), 0.02, 0.98)
    shown = np.stack([good, np.clip(good + rng.normal(0, 0.002, 400), 0.01, 0.99), rng.random(400)])
    found = choose(Library(TASK, truth, shown), [1, 1, 1])
    assert sorted(found.weights) == [0.0, 0.0, 1.0]
    assert "a blend gains nothing" in found.why


def test_the_plainest_of_equal_models_is_taken(rng: np.random.Generator) -> None:
    truth = rng.integers(0, 2, 400)
    first = np.clip(0.5 + 0.5 * (truth - 0.5) + rng.normal(0, 0.1, 400), 0.02, 0.98)
    shown = np.stack([first, first + 0.002 * (-1.0) ** np.arange(400)])
    best = int(np.argmin([TASK.losses(truth, p).mean() for p in shown]))
    plainness = [1, 1]
    plainness[1 - best] = 0
    found = choose(Library(TASK, truth, shown), plainness)
    assert found.best == best
    assert found.weights[1 - best] == 1.0
    assert "plainest" in found.why


def test_a_blend_ships_where_errors_differ(rng: np.random.Generator) -> None:
    task = Regression(("y",), (1.0,))
    truth = rng.normal(size=500)
    shown = np.stack([truth + rng.normal(0, 0.6, 500) for _ in range(3)])
    found = choose(Library(task, truth, shown), [0, 1, 1])
    assert (found.weights > 0).sum() == 3
    assert found.gain > 2 * found.error > 0


def test_rows_that_hang_together_say_less(rng: np.random.Generator) -> None:
    task = Regression(("y",), (1.0,))
    truth, units = np.zeros(400), np.repeat(np.arange(20), 20)
    first, other = rng.normal(0, 1, 20)[units][None], np.zeros((1, 400))
    alone, together = Library(task, truth, first), Library(task, truth, first, None, units)
    losses = alone.losses(first)[0], alone.losses(other)[0]
    assert together.gap(*losses)[0] == alone.gap(*losses)[0]
    assert together.gap(*losses)[1] == pytest.approx(alone.gap(*losses)[1] * np.sqrt(20))


def test_many_classes_are_chosen_on_fewer_rows() -> None:
    assert stride(30_000, 40) == 1
    assert stride(100_000, 40) == 3
    assert 40_000 / stride(40_000, 40 * 300) * 40 * 300 <= VALUES


def test_a_blend_is_made_of_what_can_be_paid_for(rng: np.random.Generator) -> None:
    """Of all blends within the price the greedy one is near the best; the dear member stays out."""
    truth = rng.normal(size=2_000)
    noise = rng.normal(size=(5, 2_000)) * np.array([0.30, 0.31, 0.32, 0.33, 0.34])[:, None]
    cost = np.array([1.0, 9, 1, 1, 1])
    library = Library(Regression(("y",), (1.0,)), truth, truth + noise, cost=cost, most=3.0)
    weights = climb(library)
    assert weights[1] == 0
    assert (weights > 0).sum() == 3
    assert set(np.flatnonzero(weights)) == {0, 2, 3}
    assert (climb(replace(library, most=99.0)) > 0).all()
    assert climb(replace(library, most=0.0)).tolist() == [1, 0, 0, 0, 0]
