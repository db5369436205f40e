"""The queue: what cannot end in time is not begun, trials are exact, hopeless families wait."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from milepost.data.schema import Schema
from milepost.registry import load_plugins
from milepost.steps.material import material
from milepost.steps.portfolio import FAMILIES, Queue, tried, unordered
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.tune import Tune


@pytest.fixture
def queue(road, related):
    way = road(related())
    way.run(Prepare())
    way.run(Protocol())
    work = way.work(Tune())
    data = material(work)
    return lambda seconds=math.inf, trials=None, families=FAMILIES, afford=math.inf: Queue(
        work, data, families, time.monotonic() + seconds, trials, afford
    )


def done(config, seconds: float, loss: float):
    return SimpleNamespace(config=config, seconds=seconds, loss=loss)


def test_learners_of_plug_ins_are_tried_where_no_others_are_named(tmp_path) -> None:
    code = "from milepost.learners.base import learners\nlearners.add('mine', learners['linear'])\n"
    (tmp_path / "mine.py").write_text(code)
    load_plugins(tmp_path)
    try:
        assert tried(FAMILIES) == (*FAMILIES, "mine")
        assert tried(("linear",)) == ("linear",)
    finally:
        load_plugins(tmp_path / "none")
    assert tried(FAMILIES) == FAMILIES


def test_trials_are_exact_without_a_clock_and_in_the_same_order(queue) -> None:
    one, other = list(queue(trials=6).fits()), list(queue(trials=6).fits())
    assert [fit.config for fit in one] == [fit.config for fit in other]
    assert len(one) == 6
    assert {fit.seconds for fit in one} == {math.inf}


def test_cheap_and_different_families_begin(queue) -> None:
    order = [fit.config.learner for fit in queue(trials=20).fits()]
    assert order[0] == "linear"
    assert {"linear", "lightgbm", "catboost"} <= set(order[:8])
    before = order[: order.index("network")]
    assert before.count("lightgbm") <= 4, "another kind counts more than one more of a kind"
    assert before.count("catboost") == 1


def test_what_cannot_end_in_time_is_not_begun(queue) -> None:
    made = queue(seconds=20.0, families=("linear", "lightgbm"))
    for given, fit in enumerate(made.fits(), 1):
        made.note(done(fit.config, 60.0 if fit.config.learner == "lightgbm" else 0.1, 0.5))
        assert given < 9
    names = [config.learner for config in made.waiting]
    assert set(names) == {"lightgbm"}
    assert "each would have taken longer" in made.skipped[-1]


def test_the_first_is_always_begun_however_short_the_time(queue) -> None:
    (fit,) = list(queue(seconds=-1.0, families=("lightgbm",)).fits())
    assert 0 < fit.seconds <= 0.2


def test_families_far_behind_wait_for_the_others(queue) -> None:
    made = queue(seconds=1000.0, families=("linear", "lightgbm"))
    order = []
    for fit in made.fits():
        order.append(fit.config.learner)
        made.note(done(fit.config, 0.1, 0.9 if fit.config.learner == "linear" else 0.3))
    assert order[-1] == "linear"
    assert order.count("linear") == 3


def test_what_does_not_suit_is_told(queue, monkeypatch) -> None:
    from milepost.learners.oblivious import CatBoost

    monkeypatch.setattr(CatBoost, "objection", lambda self, rows, features, head: "too slow here.")
    made = queue(trials=30)
    assert all(fit.config.learner != "catboost" for fit in made.fits())
    assert any("too slow here" in text for text in made.skipped)


def test_what_could_not_be_refitted_in_time_is_not_begun_and_trees_are_cut(queue) -> None:
    made = queue(seconds=1000.0, families=("lightgbm", "linear"), afford=2.0)
    assert made.longest < 2.0  # a refit has more rows and more rounds than a fold
    assert queue(seconds=1000.0, families=("lightgbm",)).longest == math.inf
    seen = []
    for fit in made.fits():
        seen.append(fit.config.learner)
        assert fit.seconds <= max(0.2, made.longest)
        made.note(done(fit.config, 60.0, 0.5))
    assert seen.count("linear") <= 1
    assert seen.count("lightgbm") > 2
    assert "each would have taken longer" in made.skipped[-1]


def test_families_for_media_are_passed_over_elsewhere_and_say_what_they_lack(road, related) -> None:
    way = road(related())
    way.run(Prepare())
    way.run(Protocol())
    work = way.work(Tune())
    data = material(work)
    ordinary = Queue(work, data, ("linear", "probe"), math.inf, None)
    assert ordinary.suited == ["linear"]
    assert not ordinary.skipped
    views = ("trees", "dense", "network", "embedded")
    seen = SimpleNamespace(kinds=frozenset({"image"}), views=views, schema=Schema(()))
    made = Queue(work, replace(data, recipe=seen), ("linear", "lightgbm", "probe"), math.inf, None)
    assert made.waiting[0].learner == "probe", "what a pretrained network sees comes first"
    seen.kinds, seen.views = frozenset({"image", "number"}), ("trees", "dense", "network")
    lacking = Queue(work, replace(data, recipe=seen), ("linear", "probe"), math.inf, None)
    assert lacking.suited == ["linear"]
    assert "pip install 'milepost[image]'" in lacking.skipped[0]


def test_fine_tuning_is_tried_after_the_probe_where_there_are_maps(road, related) -> None:
    pytest.importorskip("torch", reason="needs the extra [network]")
    way = road(related())
    way.run(Prepare())
    way.run(Protocol())
    work = way.work(Tune())
    data = material(work)
    views = ("trees", "dense", "network", "embedded", "maps")
    recipe = SimpleNamespace(kinds=frozenset({"image"}), views=views, schema=Schema(()))
    many = replace(data, recipe=recipe)
    many.folds = tuple(replace(fold, train=np.tile(fold.train, 8)) for fold in data.folds)
    made = Queue(work, many, ("finetune", "probe"), math.inf, None)
    assert made.suited == ["finetune", "probe"]
    order = [config.learner for config in made.waiting]
    assert order.index("finetune") == order.count("probe"), "it is far dearer than all probes"
    less = SimpleNamespace(**{**vars(recipe), "views": views[:-1]})
    without = replace(many, recipe=less)
    assert "they are too many" in Queue(work, without, ("finetune",), math.inf, None).skipped[0]
    few = replace(data, recipe=many.recipe)
    few.folds = tuple(replace(fold, train=fold.train[:100]) for fold in data.folds)
    assert "at least" in Queue(work, few, ("finetune",), math.inf, None).skipped[0]


def test_what_keeps_to_no_direction_is_left_out_where_one_is_asked_for(road, related) -> None:
    way = road(related())
    way.run(Prepare())
    way.run(Protocol())
    work = way.work(Tune())
    data = material(work)
    assert not unordered(data, "network")
    columns = [replace(c, monotone=int(c.role == "input")) for c in data.recipe.schema.columns]
    bound = replace(data, recipe=replace(data.recipe, schema=Schema(tuple(columns))))
    made = Queue(work, bound, ("lightgbm", "linear", "network", "catboost", "splines"), math.inf, None)
    assert made.suited == ["lightgbm", "linear", "catboost", "splines"]
    assert "does not keep to the direction" in made.skipped[0]
