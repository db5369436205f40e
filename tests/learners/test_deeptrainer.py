"""Training ends in time, repeats by its seed, and goes on where it was killed."""

import time
from dataclasses import replace

import numpy as np
import pytest

from milepost.learners.base import Batch, Job
from milepost.learners.deep import DEFAULTS, DeepNetwork
from milepost.learners.deeptrainer import Trainer, form_of, scale_of
from milepost.learners.epochs import brain_floats
from milepost.modalities.base import Block
from milepost.tasks.heads import SigmoidHead
from milepost.testing.signals import rows

torch = pytest.importorskip("torch", reason="needs the extra [network]")

LIGHT = {"channels": 4, "width": 16, "epochs": 6, "batch": 32}
HEAD = SigmoidHead()


class Killed(BaseException):
    """Ends a fit as a signal would."""


def weights(model):
    return np.concatenate([array.ravel() for layer in model.weights.values() for array in layer])


def test_the_same_seed_gives_the_same_network_and_another_seed_another():
    train = rows("word", 150)
    one, two, other = (
        weights(DeepNetwork().fit(train, train, Job(LIGHT, HEAD, seed=seed))) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("after", [1, 4])
def test_a_fit_that_was_ended_goes_on_to_the_same_network(tmp_path, monkeypatch, after):
    monkeypatch.setattr("milepost.learners.checkpoint.EVERY", 0.0)
    train, valid = rows("word", 150), rows("word", 60, seed=1)
    whole = DeepNetwork().fit(train, valid, Job(LIGHT, HEAD, seed=3))
    seen = []

    def end(epoch, loss):
        seen.append(epoch)
        if epoch == after + 1 and len(seen) <= after + 1:
            raise Killed

    job = Job(LIGHT, HEAD, seed=3, checkpoint=tmp_path / "deep" / "one.state", watch=end)
    with pytest.raises(Killed):
        DeepNetwork().fit(train, valid, job)
    assert job.checkpoint.is_file()
    again = DeepNetwork().fit(train, valid, job)
    assert seen[after + 1] == after + 1, "it began from nothing"
    assert np.array_equal(weights(whole), weights(again))
    assert whole.curve == again.curve
    assert whole.rounds == again.rounds
    assert not job.checkpoint.is_file()


def test_a_process_that_is_killed_goes_on_in_the_next(killed):
    """kill -9 in the middle of a training, then the same fit in a process of its own."""
    lines = (
        "from milepost.testing.signals import rows",
        "from milepost.learners.deep import DeepNetwork",
        f"LIGHT = { {**LIGHT, 'batch': 64}!r}",
    )
    killed("\n".join(lines), 'DeepNetwork().fit(rows("word", 150), None, job).weights')


def test_the_schedule_ends_when_the_time_does():
    train = rows("word", 400)
    params = {**LIGHT, "epochs": 10_000}
    DeepNetwork().fit(train, train, Job({**LIGHT, "epochs": 1}, HEAD))  # loads PyTorch
    start = time.monotonic()
    seen = []
    job = Job(params, HEAD, deadline=start + 4.0, stop_early=False, watch=lambda epoch, _: seen.append(epoch))
    trainer = Trainer(train, train, {**DEFAULTS, **params}, job)
    trainer.run()
    took = time.monotonic() - start
    # Where other work takes the processor away in the last epochs, the clock ends what the plan did not.
    assert 1.5 < took < 5.0, "the time is used, and kept"
    assert trainer.step > 0.7 * trainer.plan.total, "the learning rate came down"
    assert len(seen) < 10_000


def test_validation_chooses_the_best_epoch():
    train, valid = rows("word", 60), rows("number", 200, seed=1)
    params = {**LIGHT, "epochs": 40, "augment": 0.0, "learning_rate": 0.02}
    model = DeepNetwork().fit(train, valid, Job(params, HEAD, seed=1))
    losses = {point.step: point.valid for point in model.curve}
    assert model.rounds == min(losses, key=losses.get)
    assert len(losses) < 40, "it stopped early where validation got worse"


def test_brain_floats_cost_no_accuracy_on_planted_pictures():
    train, valid = rows("bright", 300), rows("bright", 200, seed=1)
    params = {**LIGHT, "channels": 8, "epochs": 12, "learning_rate": 0.01}
    right = {
        half: (
            (DeepNetwork().fit(train, valid, Job({**params, "half": half}, HEAD)).raw(valid.x)[:, 0] > 0)
            == (valid.y > 0.5)
        ).mean()
        for half in (False, True)
    }
    assert min(right.values()) > 0.85
    assert isinstance(brain_floats("cpu"), bool)


def test_codes_keep_their_columns_beside_signals():
    train = rows("code", 30)
    form = form_of(train, DEFAULTS, 1)
    assert form.columns.tolist() == [0, 1, 42]
    assert form.encoder.coded.tolist() == [2]
    assert [scale is None for scale in form.scales] == [True, False, False]


def test_signals_are_scaled_by_channel():
    x = np.random.default_rng(0).normal([5.0, 50.0], [1.0, 10.0], (500, 9, 2)).reshape(500, 18)
    scale = scale_of(x.astype(np.float32), Block("pixels", 0, (3, 3, 2)))
    assert scale.mean == pytest.approx([5.0, 50.0], rel=0.05)
    assert scale.sd == pytest.approx([1.0, 10.0], rel=0.05)
    assert scale_of(np.zeros((0, 18), np.float32), Block("pixels", 0, (3, 3, 2))).sd.tolist() == [1.0, 1.0]


def test_weights_of_rows_count():
    both = rows("number", 500)
    train = Batch(both.x[:, :2], both.y)
    heavy = replace(train, y=np.concatenate([train.y[:250], 1 - train.y[250:]]),
                    weight=np.repeat([1.0, 1e-6], 250))  # fmt: skip
    model = DeepNetwork().fit(heavy, None, Job({**LIGHT, "epochs": 15, "learning_rate": 0.01}, HEAD))
    clean = Batch(train.x[250:], train.y[250:])
    assert ((model.raw(clean.x)[:, 0] > 0) == (clean.y > 0.5)).mean() > 0.8
