"""Fine-tuning learns what a linear probe cannot, for every kind of head, and is its own graph."""

import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from milepost.learners.base import Batch, Job, learners
from milepost.learners.finetune import FEWEST, FineTune
from milepost.learners.loss import mean_loss
from milepost.modalities import lite
from milepost.modalities.base import Block
from milepost.tasks.heads import SigmoidHead, SigmoidsHead
from milepost.testing.learners import check_learner, check_space, graph_gap
from milepost.testing.signals import places

torch = pytest.importorskip("torch", reason="needs the extra [network]")
weighty = pytest.mark.skipif(not lite.installed(), reason="the weights are not installed (extra [image])")

LIGHT = {"C": 0.1, "blocks": 1, "epochs": 2}


def test_passes_the_checks(heads):
    check_learner(FineTune(), heads, {"epochs": 4})


def test_its_space_is_sound(heads):
    check_space(FineTune(), heads[0], draws=1)


@weighty
def test_beats_the_probe_where_what_matters_is_lost_before_its_layer():
    """Which of two patterns is on the left hardly shows in what is pooled over all places."""
    train, valid, fresh = places(300), places(120, seed=1), places(300, seed=2)
    job = Job({"blocks": 4, "epochs": 4, "learning_rate": 3e-4, "hold": 10.0}, SigmoidHead(), seed=1)
    tuned = FineTune().fit(train, valid, job)
    single = FineTune().fit(train, None, replace(job, rounds=1))
    losses = [mean_loss(model.raw(fresh.x), fresh, "sigmoid") for model in (tuned, single)]
    right = [((model.raw(fresh.x)[:, 0] > 0) == (fresh.y > 0.5)).mean() for model in (tuned, single)]
    assert tuned.rounds > 1
    assert losses[0] < 0.5 * losses[1], losses
    assert right[0] > right[1] + 0.1, right
    assert [point.step for point in tuned.curve] == [1, 2, 3, 4, 5]


@weighty
def test_the_graph_gives_its_answers_for_every_head(heads):
    rng = np.random.default_rng(0)
    train = places(48)
    for head in heads:
        wide = rng.normal(size=(48, head.width))
        truth = {
            "sigmoid": train.y,
            "softmax": rng.integers(0, head.width, 48),
            "sigmoids": (wide > 0).astype(float),
        }.get(head.link, wide)
        batch = replace(train, y=truth)
        model = FineTune().fit(batch, batch, Job({**LIGHT, "learning_rate": 1e-3}, head))
        model = pickle.loads(pickle.dumps(model))
        assert graph_gap(model, train.x, head.width) < 1e-4
        assert mean_loss(model.raw(train.x), batch, head.link) < model.curve[0].train + 0.05


@weighty
def test_two_columns_of_images_have_last_blocks_of_their_own():
    left, right = places(80), places(80, seed=1)
    width = left.blocks[0].width
    x = np.concatenate([left.x[:, 1:-1], right.x[:, 1:-1]], axis=1)
    blocks = tuple(Block("maps", at * width, left.blocks[0].shape) for at in (0, 1))
    y = np.stack([left.y, right.y], axis=1)
    model = FineTune().fit(
        Batch(x, y, blocks=blocks), None, Job({**LIGHT, "learning_rate": 1e-3}, SigmoidsHead(2))
    )
    one, two = (model.layers[f"{at} _conv_head"][0] for at in (0, 1))
    assert not np.array_equal(one, two)
    assert graph_gap(model, x[:20], 2) < 1e-4


def test_says_where_it_does_not_suit(heads, monkeypatch):
    learner = FineTune()
    assert str(FEWEST) in learner.objection(FEWEST - 1, 10_000, heads[0])
    assert learner.objection(FEWEST, 10_000, heads[0]) == ""
    monkeypatch.setattr("milepost.learners.finetune.find_spec", lambda _: None)
    assert "pip install" in learner.objection(FEWEST, 10_000, heads[0])


def test_needs_an_image_and_is_registered_without_torch():
    assert learners["finetune"].needs == {"image"}
    code = "import sys, milepost.learners.base as b; b.learners['finetune']; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
