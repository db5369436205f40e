from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

pytest.importorskip("torch")

from milepost.errors import UsageError
from milepost.graphs.builder import Builder
from milepost.graphs.python import parts
from milepost.learners.base import Job, Learner, learners
from milepost.tasks.heads import IdentityHead, SigmoidHead, SoftmaxHead
from milepost.testing.learners import check_learner, graph_gap, make_toy

NET = """
import torch
from milepost.learners.bring import from_torch
from milepost.learners.space import Knob

@from_torch("mynet", space=(Knob("width", 8, 32, whole=True),),
            defaults={"epochs": 15, "learning_rate": 0.01})
def build(features, outputs, params):
    hidden = torch.nn.Linear(features, params["width"])
    last = torch.nn.Linear(params["width"], outputs)
    return torch.nn.Sequential(hidden, torch.nn.BatchNorm1d(params["width"]), torch.nn.ReLU(),
                               torch.nn.Dropout(0.1), last)
"""
KERAS = """
from milepost.learners.bring import from_keras

@from_keras("kerasnet", defaults={"epochs": 15, "learning_rate": 0.01})
def build(features, outputs, params):
    import keras
    return keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.BatchNormalization(),
                             keras.layers.Dropout(0.1), keras.layers.Dense(outputs)])
"""
ODD = """
import torch
from milepost.learners.bring import from_torch

class Odd(torch.nn.Module):
    def __init__(self, features, outputs):
        super().__init__()
        self.inner = torch.nn.Linear(features, outputs)

    def forward(self, x):
        if float(x.sum()) > 1e9:
            return x
        return self.inner(x)

@from_torch("odd", defaults={"epochs": 3})
def build(features, outputs, params):
    return Odd(features, outputs)
"""
Load = Callable[[str, str], Learner]


@pytest.mark.slow
def test_a_module_passes_every_check_of_a_learner(plugin: Load) -> None:
    check_learner(plugin("mynet", NET), (SoftmaxHead(3),), {"epochs": 8})


def test_numbers_are_learnt_by_a_module_and_its_graph_agrees(plugin: Load) -> None:
    head = IdentityHead.fit(np.random.default_rng(0).normal(size=50))
    toy = make_toy(head, missing=False)
    model = plugin("mynet", NET).fit(toy.train, toy.valid, Job({}, head))
    assert model.curve[-1].valid < 0.6
    assert graph_gap(model, toy.valid.x, 1) < 1e-5


@pytest.mark.slow
@pytest.mark.skipif(find_spec("keras") is None, reason="Keras is not installed")
def test_a_keras_model_passes_every_check_of_a_learner(plugin: Load) -> None:
    check_learner(plugin("kerasnet", KERAS), (SigmoidHead(1),), {"epochs": 8})


def test_without_keras_the_learner_says_what_to_install(
    plugin: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("milepost.learners.bring.torched.find_spec", lambda name: None)
    said = plugin("kerasnet", KERAS).objection(100, 3, SigmoidHead(1))
    assert "pip install 'milepost[keras]'" in said


def test_a_module_that_cannot_be_exported_ships_as_python_only(plugin: Load) -> None:
    head = SigmoidHead(1)
    toy = make_toy(head, missing=False)
    model = plugin("odd", ODD).fit(toy.train, toy.valid, Job({}, head))
    assert graph_gap(model, toy.valid.x, 1) < 1e-6
    builder = Builder()
    builder.output(model.emit(builder, builder.input("x", "float", 6)), "y", "float", 1)
    (part,) = parts(builder.model().SerializeToString())
    assert part.why.startswith("PyTorch cannot export it to ONNX")
    assert part.file == "odd.py"
    assert "class Odd" in part.source.decode()


def test_something_that_is_no_module_is_refused(plugin: Load) -> None:
    head = SigmoidHead(1)
    toy = make_toy(head, missing=False)
    code = NET.replace("return torch.nn.Sequential(", "return list((").replace("last)", "last))")
    with pytest.raises(UsageError, match="gives a list. It returns a torch.nn.Module"):
        plugin("mynet", code).fit(toy.train, toy.valid, Job({}, head))


def test_another_seed_gives_another_module(plugin: Load) -> None:
    head = SigmoidHead(1)
    toy = make_toy(head, missing=False)
    learner, job = plugin("mynet", NET), Job({"epochs": 2}, head)
    found = [learner.fit(toy.train, None, replace(job, seed=seed)).raw(toy.valid.x) for seed in (1, 1, 2)]
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])
    assert "mynet" in learners.guests
