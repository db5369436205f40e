"""A calibrator's form answers alike in Python and in the graph, also for other shares of the classes."""

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.metrics.ranking import area_under_roc
from milepost.statistics.prior import prior_correction
from milepost.training.calibrate import apply, emit, shifted, shrunk

TABLE = ("table", [0.0, 0.3, 0.7, 1.0], [0.05, 0.2, 0.9, 0.95])
BINARY = [("identity",), ("affine_logit", 1.3, -0.4), ("beta", 0.8, 1.2, 0.3), TABLE]
WARY = [shrunk(form, 50, np.array([0.7, 0.3])) for form in BINARY]
OLD, NEW = np.array([0.7, 0.3]), np.array([0.95, 0.05])


def graph(form, proba: np.ndarray) -> np.ndarray:
    builder = Builder()
    builder.output(emit(form, builder, builder.input("p", "double", proba.shape[1])), "out", "double", 2)
    (answer,) = run(session(builder.model()), {"p": proba}).values()
    return answer


@pytest.mark.parametrize("form", BINARY)
def test_shares_of_classes_are_exchanged_after_any_calibrator(form) -> None:
    p = np.array([0.05, 0.3, 0.5, 0.7, 0.95] if form is not TABLE else TABLE[1][1:3])
    found = apply(shifted(form, OLD, NEW), p)
    assert found == pytest.approx(prior_correction(apply(form, p), 0.3, 0.05), rel=1e-5)


@pytest.mark.parametrize("form", [*BINARY, *(shifted(f, OLD, NEW) for f in BINARY), *WARY])
def test_the_graph_says_the_same(form) -> None:
    p = np.linspace(0.001, 0.999, 50)
    found = graph(form, np.column_stack([1 - p, p]))
    assert found[:, 1] == pytest.approx(apply(form, p), abs=1e-5)
    assert found.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("form", [("identity",), ("softmax", 1.4)])
def test_shares_of_several_classes(form) -> None:
    rows = np.random.default_rng(0).dirichlet([1, 1, 1], 20)
    old, new = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    moved = shifted(form, old, new)
    expected = prior_correction(apply(form, rows), old, new)
    assert apply(moved, rows) == pytest.approx(expected, rel=1e-5)
    assert graph(moved, rows) == pytest.approx(expected, abs=1e-6)


def test_several_classes_are_drawn_to_their_shares() -> None:
    rows, shares = np.eye(3), np.array([0.5, 0.3, 0.2])
    form = shrunk(("softmax", 2.0), 98, shares)
    assert apply(form, rows) == pytest.approx(0.99 * np.eye(3) + 0.01 * shares, abs=1e-5)
    assert graph(form, rows) == pytest.approx(apply(form, rows), abs=1e-6)


@pytest.mark.parametrize("form", [*BINARY, *WARY])
def test_rows_rank_as_the_graph_ranks_them(form) -> None:
    rng = np.random.default_rng(0)
    p = np.clip(rng.beta(2, 3, 4000), 0.001, 0.999)
    wide = graph(form, np.column_stack([1 - p, p]))[:, 1].astype(np.float64)
    native = apply(form, p)
    if form[0] != "identity":
        assert len(np.unique(native)) <= len(np.unique(native.astype(np.float32)))
    truth = rng.random(4000) < p
    assert area_under_roc(truth, native) == pytest.approx(area_under_roc(truth, wide), abs=2e-6)


def test_labels_have_a_calibrator_each() -> None:
    rows = np.random.default_rng(0).uniform(0.01, 0.99, (50, 4))
    form = shrunk(("labels", BINARY), 98, np.full(4, 0.2))
    found = apply(form, rows)
    for i, one in enumerate(BINARY):
        assert found[:, i] == pytest.approx(0.99 * apply(one, rows[:, i]) + 0.002, abs=1e-6)
    builder = Builder()
    builder.output(emit(form, builder, builder.input("p", "double", 4)), "out", "double", 4)
    assert run(session(builder.model()), {"p": rows})["out"] == pytest.approx(found, abs=1e-5)
