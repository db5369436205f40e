"""Splines pass the checks, bend where the rows bend, and stay straight where they do not."""

import tracemalloc
from dataclasses import replace

import numpy as np

from milepost.learners.base import Batch, Job, learners
from milepost.learners.linear import Linear
from milepost.learners.loss import mean_loss
from milepost.learners.splines import Splines
from milepost.tasks.heads import IdentityHead, SoftmaxHead
from milepost.testing.learners import check_learner, check_space, graph_gap


def rows(shape, count=600, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2 * count, 4)).astype(np.float32)
    x[:, 3] = x[:, 3] > 0
    score = shape(x) + 0.2 * rng.normal(size=2 * count)
    head = IdentityHead.fit(score)
    y = head.encode(score)
    return head, Batch(x[:count], y[:count]), Batch(x[count:], y[count:])


def loss(learner, params, head, train, valid):
    return mean_loss(learner.fit(train, None, Job(params, head)).raw(valid.x), valid, head.link)


def test_passes_the_checks(heads):
    check_learner(Splines(), heads)
    check_learner(Splines(), heads[:1], {"crosses": 6})


def test_what_it_says_of_its_settings_holds(heads):
    for head in heads[:2]:
        check_space(Splines(), head)


def test_it_bends_where_the_rows_bend() -> None:
    head, train, valid = rows(lambda x: np.sin(2 * x[:, 0]) + np.abs(x[:, 1]))
    assert loss(Splines(), {"C": 5.0}, head, train, valid) < 0.3 * loss(
        Linear(), {"C": 3.0}, head, train, valid
    )


def test_it_stays_straight_where_they_are() -> None:
    head, train, valid = rows(lambda x: x[:, 0] - x[:, 1] + x[:, 3])
    assert loss(Splines(), {}, head, train, valid) < 1.1 * loss(Linear(), {"C": 3.0}, head, train, valid)


def test_crosses_are_seen_only_where_they_are_asked_for() -> None:
    head, train, valid = rows(lambda x: x[:, 0] * x[:, 1] + 0.2 * x[:, 2])
    without, beside = (loss(Splines(), {"crosses": n}, head, train, valid) for n in (0, 6))
    assert beside < 0.3 * without


def test_what_may_go_one_way_only_is_not_multiplied() -> None:
    head, train, valid = rows(lambda x: x[:, 0] * x[:, 1] - x[:, 2] ** 2)
    train = replace(train, monotone=(1, 0, -1, 0))
    model = Splines().fit(train, valid, Job({"crosses": 6}, head))
    assert not {0, 2} & set(model.basis.pairs.ravel())
    assert graph_gap(model, valid.x, 1) < 1e-5


def test_many_features_bend_less_and_too_many_rows_are_refused() -> None:
    rng = np.random.default_rng(0)
    wide = Batch(rng.normal(size=(80, 900)).astype(np.float32), rng.normal(size=(80, 1)))
    model = Splines().fit(wide, None, Job({"knots": 16}, IdentityHead.fit(wide.y[:, 0])))
    assert len(model.basis.columns) <= 1_200
    assert not Splines().objection(20_000, 30, SoftmaxHead(3))
    first = [Splines().portfolio(rows, 20, SoftmaxHead(3))[0] for rows in (500, 5_000, 100_000)]
    assert [one["knots"] for one in first] == [8, 16, 8]
    assert first[0]["C"] < first[1]["C"]
    assert "too slow" in Splines().objection(1_000_000, 100, SoftmaxHead(3))


def test_it_is_registered() -> None:
    assert learners["splines"].view == "dense"
    assert learners["splines"].ordered


def test_a_fit_holds_its_basis_a_few_times_only() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4_000, 40)).astype(np.float32)
    head = IdentityHead.fit(x[:, 0])
    params = {"knots": 16, "crosses": 10}
    model = Splines().fit(Batch(x, head.encode(x[:, 0])), None, Job(params, head))
    whole = model.basis.expand(x).nbytes
    tracemalloc.start()
    Splines().fit(Batch(x, head.encode(x[:, 0])), None, Job(params, head))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * whole


def test_what_is_made_of_rows_does_not_hang_on_how_many_there_are() -> None:
    head, train, valid = rows(lambda x: np.abs(x[:, 0]) + x[:, 1] * x[:, 2], count=2_000)
    basis = Splines().fit(train, valid, Job({"crosses": 6}, head)).basis
    parts = [basis.expand(valid.x[start : start + 7]) for start in range(0, len(valid.x), 7)]
    assert np.array_equal(basis.expand(valid.x), np.concatenate(parts))
    assert np.array_equal(basis.expand(valid.x)[:, :4], valid.x)
