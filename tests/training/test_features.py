"""One half of the folds names features, the other judges them; a planted one is found, noise is not."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.data.split import folds
from milepost.engines.local import Local
from milepost.learners.base import Model
from milepost.learners.boosting import Boosted
from milepost.tasks.base import tasks
from milepost.tasks.infer import infer
from milepost.training import features as module
from milepost.training.features import ADDITIVE, MOST, Bench, attempt, halves, made, proposals, residuals
from milepost.training.fit import Config
from milepost.training.material import Material

QUICK = (Config("lightgbm", {"num_leaves": 15, "rounds": 80}), Config("linear", {"C": 1.0}))


def material(frame, kind="kfold", parts=4):
    task, _ = infer(frame.select("y"))
    truth = task.encode(frame.select("y"))
    recipe = Recipe.of(frame, infer_schema(frame, ["y"]))
    drawn = folds(frame.height, kind=kind, folds=parts, fraction=0.4, strata=task.strata(truth), seed=0)
    return Material(frame, truth, task, recipe, tuple(drawn), None, None, 0, "rows")


def planted(rng, rows=900):
    a, b = rng.uniform(1, 9, rows), rng.uniform(1, 9, rows)
    job = rng.choice(["u", "v", "w"], rows)
    return pl.DataFrame(
        {"a": a, "b": b, "c": rng.normal(size=rows), "job": job, "y": a / b + 0.1 * rng.normal(size=rows)}
    )


def bench(data):
    return Bench(data, QUICK, Local(1), 60)


def without(on):
    """The additive model and the quick models without made features."""
    return (*replace(on, configs=(ADDITIVE,), rounds=None).run(on.data), *on.run(on.data))


@pytest.mark.parametrize(("kind", "parts"), [("kfold", 4), ("holdout", 1)])
def test_a_planted_ratio_is_named_and_lowers_the_loss(rng, kind, parts) -> None:
    data = material(planted(rng), kind, parts)
    on = bench(data)
    base, found = without(on), proposals(on)
    tried = attempt(on, base, "pairs", found["pairs"])
    assert {"a / b", "b / a"} & {field.name for field in tried.fields}
    assert 0 < len(tried.fields) <= MOST
    for one, richer in zip(base[1:], tried.predictions, strict=True):
        losses = data.task.losses(data.truth[data.scored], richer)
        assert losses.mean() < 0.85 * one.loss
    assert not tried.cut


def test_no_row_judges_what_it_helped_to_name(rng, monkeypatch) -> None:
    data = material(planted(rng, 300))
    on, seen = bench(data), []
    base, half = without(on), halves(data)
    proposed = proposals(on)["pairs"]
    fields = proposed.fields

    def named(numbers, left, rows, places, seed):
        seen.append(rows)
        return [len(seen)]  # another feature each time

    monkeypatch.setattr(module, "_named", named)
    tried = attempt(on, base, "pairs", proposed)
    assert [sorted(set(half[rows])) for rows in seen] == [[1], [0], [0, 1]]
    for side, place in ((0, 1), (1, 2)):
        richer = made(data, [fields[place]])
        mine = [i for i in range(4) if i % 2 == side]
        alone = replace(richer, folds=tuple(data.folds[i] for i in mine), key=f"side {side}")
        expected = on.run(alone)[0].prediction
        np.testing.assert_array_equal(tried.predictions[0][half == side], expected)


def crowd(rng, rows=400):
    """More numbers than are paired, of which two matter."""
    x = rng.normal(size=(rows, 12))
    y = 3 * x[:, 10] + 2 * x[:, 11] + 0.5 * rng.normal(size=rows)
    return pl.DataFrame({**{f"x{i}": x[:, i] for i in range(12)}, "y": y})


def shuffled(data, rows, rng):
    """The same with the truth of some rows dealt out anew."""
    truth = data.truth.copy()
    truth[rows] = rng.permutation(truth[rows])
    return replace(data, truth=truth)


def test_no_row_judges_what_it_helped_to_propose(rng) -> None:
    data = material(crowd(rng))
    first, second = module._ranked(bench(data))
    assert {"x10", "x11"} == set(first[:2]) == set(second[:2])
    half = halves(data)
    for side in (0, 1):
        other = module._ranked(bench(shuffled(data, data.scored[half == side], rng)))
        assert other[side] == (first, second)[side], "the truth of rows that judge says nothing"
        assert other[1 - side] != (first, second)[1 - side]
    proposed = proposals(bench(data))["pairs"]
    for side, ranked in enumerate((first, second)):
        allowed = {name for place in proposed.sides[side] for name in proposed.fields[place].names}
        assert allowed == set(ranked[:8])


def test_one_fold_ranks_by_the_rows_that_never_judge(rng) -> None:
    data = material(crowd(rng), "holdout", 1)
    ranked = module._ranked(bench(data))
    assert ranked[0] == ranked[1]
    assert module._ranked(bench(shuffled(data, data.scored, rng))) == ranked


def test_columns_that_the_model_does_not_use_are_not_asked_for(rng, monkeypatch) -> None:
    data, asked = material(crowd(rng), "holdout", 1), []
    raw = Boosted.raw
    monkeypatch.setattr(Boosted, "raw", lambda self, x: asked.append(len(x)) or raw(self, x))
    small = replace(bench(data), rounds=2)
    some = module._order(small, data, 0, (0, 200, 2))
    few = len(asked)
    monkeypatch.setattr(Boosted, "uses", Model.uses)
    assert module._order(small, data, 0, (0, 200, 2)) == some
    assert few < len(asked) - few
    late = module._order(replace(small, seconds=1e-9), data, 0, (0, 200, 2))
    assert sorted(late) == sorted(some)


def test_where_all_columns_are_tried_none_is_asked_for(rng, monkeypatch) -> None:
    monkeypatch.setattr(module, "train", None)
    data = material(planted(rng, 200))
    for family in proposals(bench(data)).values():
        assert family.sides == (tuple(range(len(family.fields))),) * 2


def test_halves_are_whole_folds_or_whole_units(rng) -> None:
    several = material(planted(rng, 200))
    for fold in range(4):
        assert len(np.unique(halves(several)[several.fold_of == fold])) == 1
    single = replace(material(planted(rng, 200), "holdout", 1), groups=np.arange(200) // 5)
    half = halves(single)
    assert set(half) == {0, 1}
    for unit in np.unique(single.units):
        assert len(np.unique(half[single.units == unit])) == 1


def test_made_features_are_part_of_the_matrix_and_of_the_key(rng) -> None:
    data = material(planted(rng, 200))
    fields = proposals(bench(data))["groups"].fields[:2]
    richer = made(data, fields)
    assert richer.key != data.key
    assert made(data, ()) is data
    plain, wide = data.prepared(0, "trees"), richer.prepared(0, "trees")
    assert wide.transform.features == (*plain.transform.features, *(field.name for field in fields))
    np.testing.assert_array_equal(wide.train.x[:, : plain.train.x.shape[1]], plain.train.x)


def test_residuals_of_every_task() -> None:
    truth = np.array([0, 1, 1])
    binary = tasks["binary"].of({"targets": ["y"], "labels": ["no", "yes"]})
    np.testing.assert_allclose(residuals(binary, truth, np.array([0.2, 0.5, 1.0]))[:, 0], [-0.2, 0.5, 0.0])
    many = tasks["multiclass"].of({"targets": ["y"], "labels": ["a", "b"]})
    np.testing.assert_allclose(
        residuals(many, truth, np.full((3, 2), 0.5)), [[0.5, -0.5], [-0.5, 0.5], [-0.5, 0.5]]
    )
    number = tasks["regression"].of({"targets": ["y"]})
    np.testing.assert_allclose(
        residuals(number, np.array([1.0, 2.0]), np.array([0.5, 3.0]))[:, 0], [0.5, -1.0]
    )
