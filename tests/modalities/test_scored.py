"""Scores of a frozen representation: ridge regression as scikit-learn's, out of fold no leak."""

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import Ridge

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.modalities import scored
from milepost.modalities.base import Frozen, feed
from milepost.modalities.scored import OUTPUTS, ScoreVectorizer, solve


class Powers(Frozen):
    """The length of a text, its square and its cube."""

    name, width = "powers", 3

    def emit(self, builder, raw):
        there = builder.cast(builder.node("Greater", raw[0], builder.const(np.uint8(0))), "float")
        one = builder.node("ReduceSum", there, builder.const(np.int64([1])), keepdims=1)
        one = builder.node("Div", one, builder.const(np.float32(100)))
        square = builder.node("Mul", one, one)
        return builder.node("Concat", one, square, builder.node("Mul", square, one), axis=1)


def test_it_is_the_ridge_of_standardised_columns():
    rng = np.random.default_rng(0)
    x = rng.normal(3, [1, 5, 0.1, 2], (300, 4)).astype(np.float32)
    y = x @ rng.normal(size=(4, 2)) + rng.normal(size=(300, 2))
    slope, intercept, _ = solve(x, y, None, 0.5)
    scaled = (x - x.mean(0)) / x.std(0)
    unit = 1.0
    other = Ridge(alpha=0.5 * unit * 300).fit(scaled, y)
    np.testing.assert_allclose(x @ slope + intercept, other.predict(scaled), atol=1e-3)


def test_weights_are_repeated_rows():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(40, 3)).astype(np.float32)
    y = rng.normal(size=(40, 1))
    times = rng.integers(0, 4, 40)
    heavy = solve(x, y, times.astype(float), 0.1)
    long = solve(np.repeat(x, times, axis=0), np.repeat(y, times, axis=0), None, 0.1)
    np.testing.assert_allclose(heavy[0], long[0], atol=1e-4)
    np.testing.assert_allclose(heavy[1], long[1], atol=1e-4)


def test_noise_is_shrunk_and_signal_is_not():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 150)).astype(np.float32)
    assert solve(x, rng.normal(size=(200, 1)), None, None)[2] >= 1
    assert solve(x, x[:, :1] + 0.01 * rng.normal(size=(200, 1)), None, None)[2] <= 0.01


def test_the_graph_gives_the_scores_and_few_targets_are_kept():
    frame = pl.DataFrame({"n": ["x" * length for length in range(200)]})
    target = np.random.default_rng(3).normal(size=(200, 40)) * np.arange(40)
    vectorizer = ScoreVectorizer("n", Powers(), "bytes")
    fitted = vectorizer.fit(frame, target, None)
    assert len(fitted.features) == OUTPUTS
    assert fitted.columns.tolist() == list(range(40 - OUTPUTS, 40))
    builder = Builder()
    builder.output(fitted.emit(builder, (builder.input("n", "bytes"),)), "f", "float", OUTPUTS)
    found = run(session(builder.model()), {"n": feed(frame["n"], "bytes")})["f"]
    powers = (np.arange(200, dtype=np.float32)[:, None] / 100) ** np.array([1, 2, 3], np.float32)
    np.testing.assert_allclose(found, powers @ fitted.slope + fitted.intercept, atol=1e-5)
    other = vectorizer.refit(fitted, frame[100:], target[100:], None)
    assert other.features == fitted.features
    assert other.ridge == fitted.ridge
    assert not np.allclose(other.slope, fitted.slope)


@pytest.mark.parametrize("rows", [1, 3])
def test_few_rows_have_finite_scores(rows):
    frame = pl.DataFrame({"n": ["x" * length for length in range(rows)]})
    fitted = ScoreVectorizer("n", Powers(), "bytes").fit(frame, np.arange(rows).astype(float), None)
    assert np.isfinite(fitted.slope).all()


def test_the_same_question_is_solved_once(monkeypatch):
    asked = []
    whole = scored.solved
    monkeypatch.setattr(scored, "solved", lambda *given: (asked.append(1), whole(*given))[1])
    generator = np.random.default_rng(11)
    x, y = generator.normal(size=(50, 7)).astype(np.float32), generator.normal(size=(50, 2))
    first, again = scored.solve(x, y, None, None), scored.solve(x.copy(), y, None, None)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert len(asked) == 1
    scored.solve(x, y, np.ones(50), None)
    scored.solve(x, y, None, 1.0)
    scored.solve(x, -y, None, None)
    assert len(asked) == 4


@pytest.mark.parametrize("size", [(400, 30), (60, 200), (3000, 1200)])
def test_the_strength_is_that_of_generalised_cross_validation(size):
    rows, width = size
    generator = np.random.default_rng(rows)
    x = generator.normal(size=size) @ np.diag(np.geomspace(3, 0.1, width))
    goal = (x @ generator.normal(size=width) / np.sqrt(width) + generator.normal(size=rows))[:, None]
    chosen = scored._strength(x.astype(np.float32), goal - goal.mean())
    unit = (x**2).sum() / width
    left, spread, _ = np.linalg.svd(x, full_matrices=False)
    errors = []
    for strength in scored.GRID * unit:
        share = spread**2 / (spread**2 + strength)
        hat = left @ (share[:, None] * (left.T @ (goal - goal.mean())))
        left_over = ((goal - goal.mean() - hat) ** 2).sum()
        errors.append(left_over / max(1 - (share.sum() + 1) / rows, 1e-3) ** 2)
    apart = abs(int(np.argmin(errors)) - int(np.flatnonzero(chosen == scored.GRID)[0]))
    assert apart <= (1 if width > scored.SAMPLE else 0)
