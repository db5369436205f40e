"""A network is tried where quick models fail on signals alone, and the level is shared between the stages."""

from types import SimpleNamespace

import numpy as np
import pytest

from milepost.steps import first
from milepost.steps.answers import Answer, simple
from milepost.steps.baseline import Baseline
from milepost.steps.first import court_of, first_models
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol


@pytest.fixture
def scene(road, related):
    bench = road(related(noise=30.0))
    for step in (Prepare(), Protocol()):
        bench.run(step)
    work = bench.work(Baseline())
    data = material(work)
    court = court_of(work, data)
    return work, data, (court, simple(work, data, court.metric))


def test_without_signals_there_is_one_stage(scene, monkeypatch) -> None:
    work, data, against = scene
    monkeypatch.setattr(first, "network", lambda *_: pytest.fail("no signals, no network"))
    found = first_models(work, data, against, 0.05)
    assert found.level == 0.05
    assert set(found.models) == {"stump", "linear", "lightgbm"}


def test_what_quick_models_do_not_see_a_network_may(scene, monkeypatch) -> None:
    work, data, against = scene
    truth = data.truth[data.scored]
    seen = np.where(truth > 0, 0.8, 0.2)
    seen = np.stack([1 - seen, seen], axis=1) if next(iter(against[1].values())).prediction.ndim > 1 else seen
    sure = Answer("deep", "deep network", seen, seen, 1.0, 0, False)
    monkeypatch.setattr(first, "late", lambda *_: True)
    monkeypatch.setattr(first, "network", lambda *_: {"deep": sure})
    found = first_models(work, data, against, 0.05)
    assert found.level == 0.025
    assert found.result.best == "deep"
    assert found.result.p < 0.001
    monkeypatch.setattr(first, "network", lambda *_: {})
    assert first_models(work, data, against, 0.05).result.p > 0.025


def test_what_quick_models_see_needs_none(road, related, monkeypatch) -> None:
    bench = road(related())
    for step in (Prepare(), Protocol()):
        bench.run(step)
    work = bench.work(Baseline())
    data = material(work)
    court = court_of(work, data)
    monkeypatch.setattr(first, "late", lambda *_: True)
    monkeypatch.setattr(first, "network", lambda *_: pytest.fail("there is no need"))
    assert first_models(work, data, (court, simple(work, data, court.metric)), 0.05).result.p < 0.025


def test_signals_are_pictures_and_sounds_that_nothing_pretrained_sees(scene) -> None:
    from milepost.steps.contenders import late

    work, data, _ = scene
    fold = SimpleNamespace(train=np.arange(400))
    rows = SimpleNamespace(widths={"signals": 196})
    work = SimpleNamespace(found=lambda *_: rows)

    def told(kinds, views=("signals",), many=fold):
        recipe = SimpleNamespace(kinds=frozenset(kinds), views=views)
        truth = np.arange(400) % 2
        seen = SimpleNamespace(recipe=recipe, folds=[many], task=data.task, truth=truth)
        return late(work, seen)  # type: ignore[arg-type]

    pytest.importorskip("torch", reason="needs the extra [network]")
    assert told(["image"])
    assert told(["sound", "number"])
    assert not told(["image", "text"])
    assert not told(["image"], ("signals", "embedded"))
    assert not told(["number"])
    assert not told(["image"], many=SimpleNamespace(train=np.arange(20)))
    assert not late(scene[0], data)
