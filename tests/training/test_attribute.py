from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.data.schema import Field
from milepost.data.split import Fold
from milepost.learners.base import Model
from milepost.learners.boosting import Boosted
from milepost.tasks.base import tasks
from milepost.training.attribute import Probe
from milepost.training.fit import Config
from milepost.training.material import Material


def material(task="binary", rows=1500):
    rng = np.random.default_rng(0)
    strong, weak = rng.normal(size=rows), rng.normal(size=rows)
    kind = rng.choice(["a", "b", "c"], rows)
    score = 2.0 * strong + 0.5 * weak + 1.5 * (kind == "b") + rng.normal(0, 0.5, rows)
    frame = pl.DataFrame(
        {
            "strong": strong,
            "weak": weak,
            "kind": kind,
            "noise": rng.normal(size=rows),
            "copy": 3 * strong + 1,
            "name": pl.Series(kind).replace_strict({"a": "x", "b": "y", "c": "z"}),
        }
    )
    plain = {
        "binary": {"targets": ["t"], "labels": ["no", "yes"]},
        "multiclass": {"targets": ["t"], "labels": ["u", "v", "w"]},
        "regression": {"targets": ["t"], "scale": [4.0]},
        "vector": {"targets": ["s", "t"], "scale": [4.0, 1.0]},
    }[task]
    truth = {
        "binary": (score > 0).astype(int),
        "multiclass": np.digitize(score, [-1, 1]),
        "regression": score,
        "vector": np.column_stack([score, weak]),
    }[task]
    recipe = Recipe.of(frame, infer_schema(frame))
    fold = Fold(np.arange(0, 1000), np.arange(1000, rows), 0)
    return Material(frame, truth, tasks[task].of(plain), recipe, (fold,), None, None, 0, "key")


@pytest.fixture(scope="module")
def probe():
    return Probe(material(), Config("linear", {}), 400, 10.0, 1)


def test_what_the_target_is_made_of_is_important_in_its_order(probe):
    found = {i.name: i for i in probe.importances()}
    assert next(iter(found)) == "strong"
    assert found["strong"].rise > found["kind"].rise > found["noise"].rise
    assert found["weak"].rise > 2 * found["weak"].error
    assert abs(found["noise"].rise) < 4 * found["noise"].error + 0.01


def test_columns_that_repeat_one_another_are_shuffled_together(probe):
    found = {i.name: i.alike for i in probe.importances()}
    assert found == {"strong": ("copy",), "kind": ("name",), "weak": (), "noise": ()}


def test_importance_is_that_of_shuffled_raw_rows(probe):
    task = probe.material.task
    base = task.losses(probe.truth, probe.predict(probe.frame))
    rises = []
    for seed in range(8):
        order = np.random.default_rng(seed).permutation(probe.frame.height)
        shuffled = probe.frame.with_columns(
            probe.frame["weak"].gather(order.tolist()), probe.frame["noise"].gather(order.tolist())
        )
        rises.append((task.losses(probe.truth, probe.predict(shuffled)) - base).mean())
    found = {i.name: i.rise for i in probe.importances(8)}
    assert found["weak"] == pytest.approx(np.mean(rises), abs=0.02)


def test_a_column_without_a_split_has_no_importance_and_is_not_asked_for(monkeypatch):
    one = Probe(material(), Config("lightgbm", {"num_leaves": 2, "rounds": 3}), 400, 10.0, 1)
    found = one.importances()
    assert {i.rise for i in found if i.name not in ("strong", "kind", "weak")} == {0.0}
    monkeypatch.setattr(Boosted, "uses", Model.uses)
    assert one.importances() == found


def test_fewer_rows_are_asked_where_time_is_short(monkeypatch):
    monkeypatch.setattr("milepost.training.attribute.FEWEST", 40)
    asked = Probe(material(), Config("lightgbm", {"num_leaves": 8}), 400, 5.0, 1)
    asked.within(1e9)
    assert len(asked.rows) == 400
    first, last = asked.rows[0], asked.rows[-1]
    asked.within(0.0)
    assert len(asked.rows) == len(asked.truth) == len(asked.frame) == len(asked.matrix) == 40
    assert (asked.rows[0], asked.rows[-1]) == (first, last)
    assert asked.importances()[0].name in ("strong", "copy")


def test_the_rows_asked_were_not_trained_on(probe):
    assert len(probe.rows) == 400
    assert probe.rows.min() >= 1000
    assert probe.learnt == 1000


def test_effects_rise_where_the_target_does_with_a_band(probe):
    found = probe.effect("weak")
    assert found.label == "probability of t = yes"
    assert list(found.mean) == sorted(found.mean)
    assert all(a <= m <= b for a, m, b in zip(found.low, found.mean, found.high, strict=True))
    kinds = probe.effect("kind")
    assert kinds.values == ("a", "b", "c")
    assert max(kinds.mean) == kinds.mean[1]


@pytest.mark.parametrize("task", ["multiclass", "regression", "vector"])
def test_other_tasks_have_effects_too(task):
    probe = Probe(material(task), Config("linear", {}), 200, 10.0, 1)
    found = probe.effect("strong", points=5, rows=50)
    assert np.ptp(found.mean) > 0.2
    assert found.label == {"multiclass": "probability of t = w", "regression": "t", "vector": "s"}[task] or (
        task == "multiclass"
    )
    assert {i.name for i in probe.importances(1)[:2]} <= {"strong", "weak", "kind"}


def test_the_column_that_misled_is_named(probe):
    frame = probe.frame.head(2).with_columns(
        strong=pl.Series([-4.0, 0.0]),
        copy=pl.Series([-11.0, 1.0]),
        weak=pl.Series([0.0, 0.0]),
        noise=pl.lit(0.0),
    )
    found = probe.mattered(frame, np.array([1, 1]), ["strong", "weak", "noise"])
    assert found[0] == ["strong"]
    assert "noise" not in found[1]
    assert probe.mattered(frame.clear(), np.zeros(0, int), ["strong"]) == []


def test_a_column_that_matters_only_beside_another_is_important():
    rng = np.random.default_rng(0)
    rows = 1500
    who, what = rng.integers(0, 20, rows), rng.integers(0, 4, rows)
    score = rng.normal(0, 3, (20, 4))[who, what]
    frame = pl.DataFrame(
        {
            "who": [f"w{i}" for i in who],
            "what": [f"r{i}" for i in what],
            "noise": rng.normal(size=rows),
        }
    )
    recipe = Recipe.of(frame, infer_schema(frame))
    task = tasks["binary"].of({"targets": ["t"], "labels": ["no", "yes"]})
    fold = Fold(np.arange(0, 1000), np.arange(1000, rows), 0)
    data = Material(
        frame, (score + rng.normal(size=rows) > 0).astype(int), task, recipe, (fold,), None, None, 0, "key"
    )
    probe = Probe(data, Config("linear", {}), 400, 10.0, 1)
    assert "who x what" in probe.prepared.transform.sources
    found = {i.name: i.rise for i in probe.importances()}
    assert set(found) == {"who", "what", "noise"}
    assert min(found["who"], found["what"]) > 5 * abs(found["noise"])


def test_a_made_feature_counts_as_its_columns(probe):
    """Shuffling a column shuffles what is made of it: as much as shuffling the raw rows does."""
    data = material("regression")
    frame = data.frame.with_columns(
        ratio=pl.Series(np.random.default_rng(1).uniform(1, 5, data.frame.height))
    )
    recipe = Recipe.of(frame, infer_schema(frame))
    columns = (recipe.schema["weak"], recipe.schema["ratio"])
    recipe = replace(recipe, made=(Field("weak / ratio", "ratio", columns),))
    truth = (frame["weak"] / frame["ratio"]).to_numpy()
    asked = Probe(replace(data, frame=frame, recipe=recipe, truth=truth), Config("linear", {}), 400, 10.0, 1)
    found = {i.name: i.rise for i in asked.importances(6)}
    assert set(found) == {"strong", "weak", "kind", "noise", "ratio"}
    base = data.task.losses(asked.truth, asked.predict(asked.frame))
    for name in ("weak", "ratio"):
        rises = []
        for seed in range(6):
            order = np.random.default_rng(seed).permutation(asked.frame.height)
            shuffled = asked.frame.with_columns(asked.frame[name].gather(order.tolist()))
            rises.append((data.task.losses(asked.truth, asked.predict(shuffled)) - base).mean())
        assert found[name] == pytest.approx(np.mean(rises), rel=0.4)
        assert found[name] > 5 * abs(found["noise"])
