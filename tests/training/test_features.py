"""One half of the folds names features, the other judges them; a planted one is found, noise is not."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.data.split import folds
from milepost.engines.local import Local
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
    fields = proposals(on)["pairs"]

    def named(numbers, left, rows, seed):
        seen.append(rows)
        return [len(seen)]  # another feature each time

    monkeypatch.setattr(module, "_named", named)
    tried = attempt(on, base, "pairs", fields)
    assert [sorted(set(half[rows])) for rows in seen] == [[1], [0], [0, 1]]
    for side, place in ((0, 1), (1, 2)):
        richer = made(data, [fields[place]])
        mine = [i for i in range(4) if i % 2 == side]
        alone = replace(richer, folds=tuple(data.folds[i] for i in mine), key=f"side {side}")
        expected = on.run(alone)[0].prediction
        np.testing.assert_array_equal(tried.predictions[0][half == side], expected)


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
    fields = proposals(bench(data))["groups"][:2]
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
