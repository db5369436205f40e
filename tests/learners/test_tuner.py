"""Fine-tuning begins with the linear probe, mixes rows, ends in time, and goes on where it was killed."""

import time
from dataclasses import replace

import numpy as np
import pytest

from milepost.learners.base import Batch, Job, learners
from milepost.learners.finetune import DEFAULTS, FineTune
from milepost.learners.loss import mean_loss
from milepost.learners.tuner import Tuner, form_of, probe, strength_of
from milepost.modalities import lite
from milepost.tasks.heads import SigmoidHead, SoftmaxHead
from milepost.testing.signals import places

torch = pytest.importorskip("torch", reason="needs the extra [network]")
pytestmark = pytest.mark.skipif(not lite.installed(), reason="the weights are not installed (extra [image])")

HEAD = SigmoidHead()
LIGHT = {"C": 0.1, "blocks": 1, "epochs": 3, "learning_rate": 1e-4}


class Killed(BaseException):
    """Ends a fit as a signal would."""


def weights(model):
    return np.concatenate([array.ravel() for layer in model.layers.values() for array in layer])


def test_without_a_step_it_is_the_probe():
    """Round 1 is the probe of the same strength on what the pretrained layers see."""
    train, fresh = places(60), places(30, seed=1)
    tuner = Tuner(train, None, {**DEFAULTS, "C": 0.3}, Job({}, HEAD, rounds=1))
    seen = tuner.seen()
    expected = learners["probe"].fit(replace(seen, y=train.y), None, Job({"C": 0.3}, HEAD))
    model = FineTune().fit(train, None, Job({"C": 0.3}, HEAD, rounds=1))
    with torch.no_grad():
        features = tuner.net.seen(torch.from_numpy(fresh.x)).numpy()
    assert model.rounds == 1
    assert np.abs(expected.raw(features)).max() > 0.1
    assert np.abs(model.raw(fresh.x) - expected.raw(features)).max() < 1e-4


def test_a_probe_that_is_best_is_kept():
    """Where the probe's own answers are the truth of the rows that judge, every epoch makes it worse."""
    train = places(60)
    params = {**LIGHT, "learning_rate": 1e-3}
    single = FineTune().fit(train, None, Job(params, HEAD, seed=2, rounds=1))
    said = replace(train, y=HEAD.predict(single.raw(train.x)).ravel())
    found = FineTune().fit(train, said, Job(params, HEAD, seed=2))
    assert found.rounds == 1
    assert len(found.curve) > 1
    assert np.array_equal(weights(found), weights(single))


def test_the_probe_s_loss_has_no_slope_for_its_layer():
    """The linear layer begins where the probe ended: its gradient is next to nothing, the blocks' is not."""
    train = places(60)
    tuner = Tuner(train, None, {**DEFAULTS, "C": 0.1, "half": False}, Job({}, HEAD))
    tuner.begin()
    tuner.loss(tuner.net, torch.arange(60)).backward()
    net = tuner.net
    assert float(net.slope.grad.abs().max()) < 1e-3
    assert max(float(weight.grad.abs().max()) for weight in map(net.weights.get, net.learning)) > 1e-3


def test_the_strength_is_the_one_that_rows_kept_apart_ask_for():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 40)).astype(np.float32)
    noise = Batch(x, (rng.random(400) < 0.5).astype(float))
    clear = Batch(x, (x[:, 0] > 0).astype(float))
    assert strength_of(noise, Job({}, HEAD)) <= 0.01
    assert strength_of(clear, Job({}, HEAD)) >= 1.0
    late = Job({}, HEAD, deadline=time.monotonic())
    assert strength_of(clear, late) == 0.1, "without time it is the middle one"
    assert strength_of(Batch(x[:1], clear.y[:1]), Job({}, HEAD)) == 0.1


def test_the_penalty_is_that_of_the_probe_s_own_objective():
    train = Tuner(places(40), None, {**DEFAULTS}, Job({}, HEAD)).seen()
    for strength in (0.03, 1.0):
        line, weak = probe(train, Job({}, HEAD), strength)

        def cost(slope, line=line, weak=weak):
            raw = train.x @ slope + line.intercept
            return mean_loss(raw, train, "sigmoid") + 0.5 * weak * float((slope.astype(float) ** 2).sum())

        least = cost(line.slope)
        assert cost(line.slope * 0.95) > least
        assert cost(line.slope * 1.05) > least


def test_mixing_needs_two_rows_and_is_random():
    train = places(40)
    losses = []
    for mixup in (0.0, 1.0, 1.0):
        tuner = Tuner(train, None, {**DEFAULTS, "C": 1.0, "mixup": mixup, "half": False}, Job({}, HEAD))
        tuner.begin()
        losses.append(tuner.loss(tuner.net, torch.arange(40)).item())
    assert losses[1] > losses[0], "what is mixed is harder to tell"
    assert losses[1] == losses[2]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    train = places(70)
    one, two, other = (weights(FineTune().fit(train, None, Job(LIGHT, HEAD, seed=s))) for s in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("after", [2, 3])
def test_a_fit_that_was_ended_goes_on_to_the_same_weights(tmp_path, monkeypatch, after):
    monkeypatch.setattr("milepost.learners.checkpoint.EVERY", 0.0)
    train, valid = places(70), places(40, seed=1)
    whole = FineTune().fit(train, valid, Job(LIGHT, HEAD, seed=3))
    seen = []

    def end(round_, loss):
        seen.append(round_)
        if round_ == after + 1 and len(seen) <= after + 1:
            raise Killed

    job = Job(LIGHT, HEAD, seed=3, checkpoint=tmp_path / "tuner" / "one.state", watch=end)
    with pytest.raises(Killed):
        FineTune().fit(train, valid, job)
    again = FineTune().fit(train, valid, job)
    assert seen[after + 1] == after + 1, "it began from nothing"
    assert np.array_equal(weights(whole), weights(again))
    assert (whole.curve, whole.rounds) == (again.curve, again.rounds)
    assert not job.checkpoint.is_file()


def test_a_process_that_is_killed_goes_on_in_the_next(killed):
    """kill -9 in the middle of a training, then the same fit in a process of its own."""
    lines = (
        "from milepost.testing.signals import places",
        "from milepost.learners.finetune import FineTune",
        f"LIGHT = {LIGHT!r}",
    )
    killed("\n".join(lines), "FineTune().fit(places(70), None, job).layers")


def test_it_ends_when_the_time_does():
    train = places(200)
    FineTune().fit(places(40), None, Job({**LIGHT, "epochs": 1}, HEAD))  # loads PyTorch
    start = time.monotonic()
    job = Job({**LIGHT, "epochs": 10_000}, HEAD, deadline=start + 5.0, stop_early=False)
    tuner = Tuner(train, places(40, seed=1), {**DEFAULTS, **LIGHT, "epochs": 10_000}, job)
    tuner.run()
    assert 1.5 < time.monotonic() - start < 7.0, "the time is used, and kept"
    assert 0 < tuner.step < 10_000 * tuner.each


def test_without_any_time_it_is_a_probe_of_the_rows_that_were_seen():
    train = places(700)
    job = Job({**LIGHT, "C": 0.1}, HEAD, deadline=time.monotonic())
    tuner = Tuner(train, None, {**DEFAULTS, "C": 0.1}, job)
    seen = tuner.seen()
    assert len(seen.x) == len(seen.y) == 234, "one in three, from all over the rows"
    assert np.array_equal(seen.y, train.y[::3])
    assert np.isfinite(FineTune().fit(train, None, job).raw(train.x[:5])).all()


def test_maps_and_other_columns_are_told_apart():
    form = form_of(places(5), 3)
    assert form.columns.tolist() == [0, 9 * 192 + 1]
    assert (form.outputs, len(form.blocks)) == (3, 1)


def test_weights_of_rows_count():
    train = places(120)
    heavy = np.repeat([1.0, 0.0], 60)
    spoilt = replace(train, y=np.where(heavy > 0, train.y, 1 - train.y), weight=heavy)
    clean = Batch(train.x[:60], train.y[:60], np.ones(60), blocks=train.blocks)
    one, two = (FineTune().fit(part, None, Job(LIGHT, HEAD, seed=1)) for part in (spoilt, clean))
    assert np.array_equal(weights(one), weights(two))


def test_classes_need_not_all_be_among_the_rows():
    train = replace(places(40), y=places(40).y.astype(np.int64))
    model = FineTune().fit(train, None, Job({**LIGHT, "epochs": 1}, SoftmaxHead(3)))
    assert model.raw(train.x[:4]).shape == (4, 3)
