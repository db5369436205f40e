"""Scores of the target from n-grams: the ridge they should be, and no leak."""

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import Ridge

from milepost.data.facts import facts_of
from milepost.data.recipe import Recipe
from milepost.data.schema import Column, Schema
from milepost.modalities.grams import store
from milepost.modalities.ngrams import GRID, OUTPUTS, TextVectorizer, encoded, solve


def written(rows, seed=0, words=200):
    rng = np.random.default_rng(seed)
    return [" ".join(f"w{n}x" for n in rng.integers(0, words, 12)) for _ in range(rows)]


def test_it_is_the_ridge_with_weights():
    texts = written(150)
    rng = np.random.default_rng(1)
    weights = store.rows([t.encode() for t in texts]).weigh(store.rows([t.encode() for t in texts]).terms())
    goal, mass = rng.normal(size=(150, 2)), rng.integers(1, 4, 150).astype(float)
    slope, intercept = solve(weights, goal, mass, 1.0)
    heavy = mass / mass.mean()
    other = Ridge(alpha=1.0).fit(weights.matrix.toarray(), goal, sample_weight=heavy)
    ours = weights.matrix @ slope + intercept
    np.testing.assert_allclose(ours, other.predict(weights.matrix.toarray()), atol=0.02)


def recipe(frame):
    column = Column("t", "text", "text", "input", "bytes")
    return Recipe(Schema((column,)), {"t": facts_of(frame["t"])})


def test_planted_words_are_found_and_noise_is_not():
    texts = written(800)
    frame = pl.DataFrame({"t": texts})
    signal = np.array([float("w1x" in t or "w2x" in t or "w3x" in t) for t in texts])
    noise = np.random.default_rng(2).integers(0, 2, 800).astype(float)
    fresh = pl.DataFrame({"t": written(400, seed=9)})
    truth = np.array([float("w1x" in t or "w2x" in t or "w3x" in t) for t in fresh["t"]])
    transform, x = recipe(frame).fit(frame, "dense", signal)
    assert np.corrcoef(transform.matrix(fresh)[:, 0], truth)[0, 1] > 0.8
    assert np.corrcoef(x[:, 0], signal)[0, 1] > 0.7
    _, x = recipe(frame).fit(frame, "dense", noise)
    assert abs(np.corrcoef(x[:, 0], noise)[0, 1]) < 0.15, "a row's own target never enters its score"


@pytest.mark.parametrize("width", [2, 20])
def test_many_targets_have_few_scores(width):
    frame = pl.DataFrame({"t": written(60)})
    target = np.random.default_rng(3).normal(size=(60, width)) * np.arange(1, width + 1)
    vectorizer = TextVectorizer("t", "dense")
    fitted = vectorizer.fit(frame, target, None)
    scoring = fitted.scoring
    assert scoring.columns.tolist() == list(range(max(0, width - OUTPUTS), width))
    other = vectorizer.refit(fitted, frame[20:], target[20:], None)
    assert other.features == fitted.features
    assert other.scoring.ridge == scoring.ridge
    assert other.scoring.ridge in GRID
    assert not np.allclose(other.scoring.slope, scoring.slope)


def test_texts_as_they_enter():
    long = "é" * 20_000
    assert encoded(pl.Series(["a\0", None, "\0b"])) == [b"a ", b"", b" b"]
    assert len(encoded(pl.Series([long]))[0]) == 16_384
    assert len(encoded(pl.Series(["a" + long]))[0]) == 16_383, "cut at a whole character"
