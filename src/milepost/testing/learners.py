"""The property checks that every learner passes, ours and those of plug-ins."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.compare import compare
from milepost.graphs.slim import packed
from milepost.learners.base import Array, Batch, Job, Learner, Model, Params
from milepost.learners.loss import constant, mean_loss
from milepost.learners.space import Space, complete, draw, matters, outside
from milepost.tasks.base import Head

ROWS, FEATURES = 600, 6


@dataclass(frozen=True)
class Toy:
    """A small problem that can be learnt, with weights.

    Args:
        name: what it is called in errors.
        head: its last layer.
        train: rows to learn from.
        valid: rows that watch.
    """

    name: str
    head: Head
    train: Batch
    valid: Batch


def check_learner(
    learner: Learner, heads: tuple[Head, ...], params: Params | None = None, tolerance: float = 1e-5
) -> None:
    """Checks a learner on a toy problem of each head.

    A fit beats the best constant on validation rows; its raw scores are those of its graph at batches of 1, 5
    and all rows; the same seed gives the same model; a fixed number of rounds and a deadline are kept; rows
    of weight 0 do not matter; the curve is recorded; numbers that are rounded to take fewer bytes take fewer,
    answer nearly as well, and as their graph; in the view "trees" missing values are welcome; of an
    `ordered` learner raw scores keep to the directions asked for, whatever the rows say.

    Args:
        learner: the learner.
        heads: one head a problem type.
        params: settings to use; the first of the portfolio if None.
        tolerance: how far raw scores of the graph may be off; of scores that are logarithms of probabilities
            in 32 bits more than of others.

    Raises:
        AssertionError: naming the property that does not hold.
    """
    for head in heads:
        toy = make_toy(head, missing=learner.view == "trees")
        listed = learner.portfolio(ROWS, FEATURES, head)
        job = Job(params if params is not None else (listed or ({},))[0], head, seed=3)
        label = f"{learner.name} on the {toy.name} toy"
        model = learner.fit(toy.train, toy.valid, job)
        _check_answers(label, toy, model, tolerance)
        _check_repeats(label, learner, toy, job, model)
        _check_rounds(label, learner, toy, job, model)
        _check_deadline(label, learner, toy, job, tolerance)
        _check_weights(label, learner, toy, job)
        if learner.ordered and head.width == 1:
            _check_order(label, learner, toy, job)


def check_space(learner: Learner, head: Head, draws: int = 3) -> None:
    """Checks what a learner says of the settings that may be searched.

    Names are unique, ranges have two ends and may be measured as they say, a condition names a choice listed
    before it, every default lies inside, so does the portfolio with few and with many rows, the capacity
    is one of the knobs, and random configurations fit and become graphs. Without a space there is nothing to
    check.

    Args:
        learner: the learner.
        head: a head it suits.
        draws: how many random configurations are fitted.

    Raises:
        AssertionError: naming the property that does not hold.
    """
    for rows in (300, ROWS, 100_000):
        space = learner.space(rows, FEATURES, head)
        if not space:
            return
        _check_knobs(learner, space)
        full = complete(space, learner.defaults, {})
        assert not outside(space, full), f"a default of {learner.name} is outside: {outside(space, full)}"
        for params in learner.portfolio(rows, FEATURES, head):
            full = complete(space, learner.defaults, params)
            said = outside(space, full)
            assert not said, f"the portfolio of {learner.name} for {rows:,} rows leaves its space: {said}"
            settled = dict(learner.settle(full, rows))
            assert all(settled[k] == v for k, v in full.items()), f"{learner.name} settles over a knob"
    generator, toy = np.random.default_rng(1), make_toy(head, missing=learner.view == "trees")
    for _ in range(draws):
        params = learner.settle(draw(learner.space(ROWS, FEATURES, head), generator), ROWS)
        model = learner.fit(toy.train, toy.valid, Job(params, head, deadline=time.monotonic() + 1.0))
        gap = graph_gap(model, toy.valid.x, head.width)
        assert gap < 1e-5, f"{learner.name} with {params} and its graph differ by {gap}"


def _check_knobs(learner: Learner, space: Space) -> None:
    names = [knob.name for knob in space]
    assert len(set(names)) == len(names), f"{learner.name} has two knobs of one name: {names}"
    assert learner.capacity in names, f"the capacity of {learner.name} is no knob of its space"
    for place, knob in enumerate(space):
        label = f"{learner.name}'s {knob.name}"
        assert bool(knob.values) != (knob.low < knob.high), f"{label} has no two ends"
        assert not knob.log or knob.low > 0, f"{label} is measured in ratios from {knob.low}"
        if knob.when is not None:
            others = {other.name: other for other in space[:place]}
            other = others.get(knob.when[0])
            choices = other.values if other else ()
            assert knob.when[1] in choices, f"{label} hangs on no choice before it"
            assert not matters(knob, {}), f"{label} matters without its condition"


def make_toy(head: Head, missing: bool, seed: int = 0) -> Toy:
    """A toy of 600 training and 300 validation rows for a head, with weights and, on request, NaN.

    Args:
        head: link and width say what is predicted.
        missing: whether one value in ten is NaN.
        seed: seed of the rows.
    """
    generator = np.random.default_rng(seed)
    rows = ROWS + ROWS // 2
    x = generator.normal(size=(rows, FEATURES)).astype(np.float32)
    scores = 2.0 * x[:, : head.width] + 0.5 * np.abs(x[:, [-1]]) - 0.3
    if head.link == "sigmoid":
        y = (generator.random(rows) < 1 / (1 + np.exp(-2 * scores[:, 0]))).astype(np.float64)
    elif head.link == "sigmoids":
        y = (generator.random(scores.shape) < 1 / (1 + np.exp(-2 * scores))).astype(np.float64)
    elif head.link == "softmax":
        y = (2 * scores + generator.gumbel(size=scores.shape)).argmax(axis=1).astype(np.int64)
    else:
        y = scores + 0.3 * generator.normal(size=scores.shape)
        y = (y - y.mean(axis=0)) / y.std(axis=0)
    if missing:
        x[generator.random(x.shape) < 0.1] = np.nan
    weight = generator.integers(1, 4, rows).astype(np.float64)
    parts = [Batch(x[part], y[part], weight[part]) for part in (slice(ROWS), slice(ROWS, None))]
    return Toy(f"{head.link} {head.width}", head, *parts)


def graph_gap(model: Model, x: Array, width: int) -> float:
    """The largest difference between a model's raw scores and those of its graph."""
    return compare(_graph(model, x.shape[1], width), {"features": x}, {"raw": model.raw(x)}, most=50)


def _graph(model: Model, features: int, width: int) -> Any:
    builder = Builder()
    raw = model.emit(builder, builder.input("features", "float", features))
    builder.output(raw, "raw", "float", width)
    return builder.model()


def _check_answers(label: str, toy: Toy, model: Model, tolerance: float) -> None:
    raw = model.raw(toy.valid.x)
    assert raw.shape == (len(toy.valid.x), toy.head.width), f"{label} gives raw scores shaped {raw.shape}"
    best = constant(toy.train, toy.head.link, toy.head.width)
    naive = mean_loss(np.tile(best, (len(raw), 1)), toy.valid, toy.head.link)
    loss = mean_loss(raw, toy.valid, toy.head.link)
    assert loss < naive, f"{label} has a loss of {loss:.4f}, the best constant {naive:.4f}"
    gap = graph_gap(model, toy.valid.x, toy.head.width)
    assert gap < tolerance, f"{label} and its graph differ by {gap}"
    assert model.curve, f"{label} recorded no curve"
    steps = [point.step for point in model.curve]
    assert steps == sorted(set(steps)), f"the curve of {label} runs over steps {steps}"
    assert len(steps) <= 200, f"the curve of {label} has {len(steps)} points"
    assert all(np.isfinite([p.train, p.valid]).all() for p in model.curve), f"{label} has gaps in its curve"
    low = min(point.valid for point in model.curve)
    assert loss < low + 0.2 * (naive - low) + 1e-6, f"{label} ends at {loss:.4f}, its curve at {low:.4f}"
    if (rounded := model.rounded()) is not model:
        gap = graph_gap(rounded, toy.valid.x, toy.head.width)
        assert gap < tolerance, f"{label}, rounded, and its graph differ by {gap}"
        after = mean_loss(rounded.raw(toy.valid.x), toy.valid, toy.head.link)
        assert abs(after - loss) < 0.05 * (naive - loss), f"{label} has a loss of {after:.4f} once rounded"
        bytes_ = [len(packed(_graph(one, FEATURES, toy.head.width))) for one in (model, rounded)]
        assert bytes_[1] < bytes_[0], f"{label} takes {bytes_[0]:,} bytes, rounded {bytes_[1]:,}"


def _check_repeats(label: str, learner: Learner, toy: Toy, job: Job, model: Model) -> None:
    again = learner.fit(toy.train, toy.valid, job)
    same = np.array_equal(model.raw(toy.valid.x), again.raw(toy.valid.x))
    assert same, f"{label} gives two models for one seed"
    assert model.rounds == again.rounds, f"{label} stops at {model.rounds} and at {again.rounds} rounds"


def _check_rounds(label: str, learner: Learner, toy: Toy, job: Job, model: Model) -> None:
    refit = learner.fit(toy.train, None, replace(job, rounds=3))
    allowed = (3,) if model.rounds > 1 else (1, 3)  # the first round may be the best
    assert refit.rounds in allowed, f"{label} was to run 3 rounds and ran {refit.rounds}"
    assert np.isfinite(refit.raw(toy.valid.x)).all(), f"{label} answers with NaN without validation rows"


def _check_deadline(label: str, learner: Learner, toy: Toy, job: Job, tolerance: float) -> None:
    start = time.monotonic()
    late = learner.fit(toy.train, toy.valid, replace(job, deadline=start + 0.05))
    spent = time.monotonic() - start
    assert spent < 2.0, f"{label} had 0.05 seconds and took {spent:.1f}"
    assert np.isfinite(late.raw(toy.valid.x)).all(), f"{label} has no answer when time runs out"
    assert graph_gap(late, toy.valid.x, toy.head.width) < tolerance, (
        f"{label} cut short differs from its graph"
    )


def _check_weights(label: str, learner: Learner, toy: Toy, job: Job) -> None:
    generator = np.random.default_rng(5)
    chosen = generator.random(ROWS) < 0.3
    weight = np.where(chosen, 0.0, np.asarray(toy.train.weight))
    noise = toy.train.y[generator.permutation(ROWS)]
    spoilt = np.where(chosen.reshape(-1, *[1] * (noise.ndim - 1)), noise, toy.train.y)
    kept = Batch(toy.train.x[~chosen], toy.train.y[~chosen], weight[~chosen])
    clean = learner.fit(kept, toy.valid, job)
    weighted = learner.fit(Batch(toy.train.x, spoilt, weight), toy.valid, job)
    losses = [mean_loss(model.raw(toy.valid.x), toy.valid, toy.head.link) for model in (clean, weighted)]
    assert abs(losses[0] - losses[1]) < 0.1 * losses[0], f"{label}: rows of weight 0 matter ({losses})"


def _check_order(label: str, learner: Learner, toy: Toy, job: Job) -> None:
    ways = (-1, 1, *[0] * (FEATURES - 2))  # the toy rises with its first feature
    free = learner.fit(toy.train, None, replace(job, rounds=50))
    bound = learner.fit(replace(toy.train, monotone=ways), None, replace(job, rounds=50))
    sweep = np.sort(toy.train.x, axis=0)[:: ROWS // 60]
    broken = 0.0
    for model in (bound, free):
        for feature, way in enumerate(ways):
            rows = np.repeat(toy.valid.x[:20], len(sweep), axis=0)
            rows[:, feature] = np.tile(sweep[:, feature], 20)
            rows = rows[~np.isnan(rows[:, feature])]
            known = int((~np.isnan(sweep[:, feature])).sum())
            steps = np.diff(model.raw(rows).reshape(20, known), axis=1) * way
            broken = max(broken, -float(steps.min()))
        if model is bound:
            assert broken < 1e-6, f"{label} turns back by {broken} where it may go one way only"
    assert broken > 1e-3, f"{label}: the toy asks for no constraint"
