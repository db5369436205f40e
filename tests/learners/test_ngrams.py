"""The n-gram learner passes the checks, finds planted words and agrees with scikit-learn."""

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from milepost.data.facts import facts_of
from milepost.graphs.builder import Builder
from milepost.graphs.compare import compare
from milepost.learners import ngrams as module
from milepost.learners.base import Batch, Job, learners
from milepost.learners.loss import mean_loss
from milepost.learners.ngrams import Ngrams
from milepost.modalities.base import Block
from milepost.modalities.text import Text
from milepost.testing.learners import check_learner, check_space, graph_gap

WORDS = ["alpha", "beta", "gamma", "delta", "Ünï", "東京", "🚀", "it", "was", "good"]
EDGES = ["", "🚀🚀", "مرحبا", "e\u0301 alpha", "alpha\nbeta", "gamma " * 20_000, "\0"]


def test_passes_the_checks(heads):
    check_learner(Ngrams(), heads)
    for head in heads:
        check_space(Ngrams(), head, draws=1)


def test_is_registered():
    assert learners["ngrams"].view == "signals"
    assert learners["ngrams"].needs == {"text"}


def rows(count, seed=0):
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, 6)) for _ in range(count)]
    return pl.DataFrame({"t": texts}), np.array([("alpha" in t) + ("beta" in t) for t in texts])


def seen(frame, others=()):
    fitted = Text().vectorizer("signals", {"t": facts_of(frame["t"])}).fit(frame, None, None)
    return fitted, [fitted.shortcut(one) for one in (frame, *others)]


def truth(head, y):
    if head.link == "sigmoids":
        return np.stack([y > 0, y > 1, y < 1], axis=1).astype(float)
    if head.link == "sigmoid":
        return (y > 0).astype(float)
    return y if head.link == "softmax" else np.repeat((y - 0.9)[:, None], head.width, axis=1)


@pytest.mark.parametrize("ratios", [False, True])
def test_planted_words_are_found_and_the_graph_agrees(heads, ratios):
    frame, y = rows(300)
    fresh, z = rows(150, seed=1)
    edges = pl.DataFrame({"t": EDGES})
    fitted, (x, held, odd) = seen(frame, (fresh, edges))
    for head in heads:
        train = Batch(x, truth(head, y), None, (), fitted.blocks)
        model = Ngrams().fit(train, None, Job({"C": 30.0, "ratios": ratios}, head))
        valid = Batch(held, truth(head, z), None, (), fitted.blocks)
        naive = mean_loss(
            np.tile(module.constant(train, head.link, head.width), (len(z), 1)), valid, head.link
        )
        assert mean_loss(model.raw(held), valid, head.link) < 0.35 * naive
        assert graph_gap(model, np.concatenate([held[:40], odd]), head.width) < 1e-5


def test_it_is_the_logistic_regression_of_its_design(heads):
    frame, y = rows(200)
    fitted, (x,) = seen(frame)
    batch = Batch(x, (y > 0).astype(float), None, (), fitted.blocks)
    problem = module.Problem(batch, heads[0], 1.0, False)
    wide = np.hstack(
        [problem.design.sparse.toarray(), (problem.design.dense - problem.middle.T) / problem.scale.T]
    )
    other = LogisticRegression(C=1.0, tol=1e-8, max_iter=2000).fit(wide, y > 0)
    model = Ngrams().fit(batch, None, Job({"C": 1.0}, heads[0]))
    np.testing.assert_allclose(model.raw(x)[:, 0], other.decision_function(wide), atol=0.02)


def test_the_gradient_is_that_of_the_loss(heads):
    frame, y = rows(60)
    fitted, (x,) = seen(frame)
    rng = np.random.default_rng(0)
    for head in heads:
        batch = Batch(x, truth(head, y), rng.integers(1, 4, 60).astype(float), (), fitted.blocks)
        problem = module.Problem(batch, head, 0.01, head.link != "identity")
        size = (problem.design.sparse.shape[1] + problem.design.dense.shape[1] + 1) * head.width
        point, way = rng.normal(size=(2, size)) * 0.3
        slant = problem(point)[1] @ way
        steps = [problem(point + sign * 1e-3 * way)[0] for sign in (1, -1)]
        assert (steps[0] - steps[1]) / 2e-3 == pytest.approx(slant, rel=2e-3, abs=1e-4)


def test_codes_and_numbers_beside_texts(heads):
    rng = np.random.default_rng(4)
    data = np.frombuffer(b"some text, the same everywhere  ", np.uint8).astype(np.float32)
    code, number = rng.integers(0, 5, 400), rng.normal(size=400)
    x = np.column_stack([number, np.tile(data, (400, 1)), code]).astype(np.float32)
    y = (2 * number + np.array([-3, 0, 3, 0, -3])[code] + rng.logistic(size=400) > 0).astype(float)
    batch = Batch(x, y, None, (0,) * 33 + (5,), (Block("bytes", 1, (32,)),))
    model = Ngrams().fit(batch, None, Job({"C": 100.0}, heads[0]))
    assert np.mean((model.raw(x)[:, 0] > 0) == y) > 0.8
    assert model.tables[-1][2] > model.tables[-1][0] + 3
    assert graph_gap(model, x, 1) < 1e-5


def test_a_model_of_messages_is_small(heads):
    rng = np.random.default_rng(5)
    frame = pl.DataFrame({"t": ["".join(rng.choice(list("abcdefgh "), 80)) for _ in range(4000)]})
    fitted, (x,) = seen(frame)
    batch = Batch(x, rng.integers(0, 2, 4000).astype(float), None, (), fitted.blocks)
    model = Ngrams().fit(batch, None, Job({"C": 1.0}, heads[0]))
    builder = Builder()
    raw = builder.input("t", "bytes")
    builder.output(model.emit(builder, fitted.emit(builder, (raw,))), "raw", "float", 1)
    graph = builder.model()
    assert graph.ByteSize() < 2_000_000
    feeds = {"t": np.frombuffer(b"abc abcd efgh", np.uint8)[None]}
    row = fitted.shortcut(pl.DataFrame({"t": ["abc abcd efgh"]}))
    assert compare(graph, feeds, {"raw": model.raw(row)}) < 1e-5
