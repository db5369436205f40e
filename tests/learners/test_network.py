"""Networks pass the checks, keep their best epoch and need no torch to answer."""

import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from milepost.errors import MissingExtra
from milepost.learners import network
from milepost.learners.base import Batch, Job, learners
from milepost.learners.encoder import Encoder
from milepost.learners.layers import Layer
from milepost.learners.network import Perceptron
from milepost.testing.learners import check_learner, check_space, graph_gap, make_toy

torch = pytest.importorskip("torch", reason="needs the extra [network]")

LIGHT = {"width": 32, "depth": 1, "members": 2, "dropout": 0.1, "learning_rate": 0.01, "epochs": 15}


@pytest.mark.parametrize(("residual", "members"), [(False, 3), (True, 1), (True, 3)])
def test_passes_the_checks(heads, residual, members):
    params = {**LIGHT, "residual": residual, "depth": 1 + (not residual), "members": members, "epochs": 8}
    check_learner(Perceptron(), heads, params)


def test_numbers_bend_as_in_pytorch():
    x = np.linspace(-30, 30, 601, dtype=np.float32)
    for name in ("relu", "selu", "mish"):
        theirs = getattr(torch.nn.functional, name)(torch.from_numpy(x)).numpy()
        assert network.bent(x, name) == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("residual", [False, True])
def test_members_together_answer_better_than_each_alone(heads, residual):
    """Rows whose noise one network learns by heart."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2300, 12)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) + rng.normal(size=2300))[:, None]
    train, valid = Batch(x[:300], y[:300]), Batch(x[300:], y[300:])
    losses = {1: [], 4: []}
    for members, found in losses.items():
        for seed in range(3):
            params = {"width": 32, "residual": residual, "members": members, "numbers": "plain", "epochs": 30}
            model = Perceptron().fit(train, valid, Job(params, heads[2], seed=seed))
            found.append(((model.raw(valid.x) - valid.y) ** 2).mean())
    assert np.mean(losses[4]) < np.mean(losses[1])


def test_embeddings_and_pieces_learn_what_plain_numbers_cannot(heads):
    """A level's effect and a spike of a number, in the graph as in training."""
    rng = np.random.default_rng(1)
    codes, effect = rng.integers(0, 30, 2000), rng.normal(size=30)
    x = np.column_stack([codes, rng.uniform(-2, 2, 2000)]).astype(np.float32)
    y = effect[codes] + 3 * (np.abs(x[:, 1] - 0.5) < 0.2)
    y = ((y - y.mean()) / y.std())[:, None]
    train, valid = (Batch(x[part], y[part], codes=(31, 0)) for part in (slice(1500), slice(1500, None)))
    losses = {}
    for numbers in ("plain", "pieces"):
        params = {**LIGHT, "dropout": 0.0, "numbers": numbers, "pieces": 16, "epochs": 30, "embedding": 4}
        model = Perceptron().fit(train, valid, Job(params, heads[2]))
        assert graph_gap(model, valid.x, 1) < 1e-5
        losses[numbers] = ((model.raw(valid.x) - valid.y) ** 2).mean()
    assert losses["pieces"] < 0.1
    assert losses["pieces"] < 0.7 * losses["plain"] < 0.5
    unseen = np.array([[0.0, 0.5], [30.0, 0.5]], np.float32)
    assert np.isfinite(model.raw(unseen)).all()
    assert graph_gap(model, unseen, 1) < 1e-5


def test_a_gpu_is_used_where_there_is_one(monkeypatch):
    assert network.device() == ("cuda" if torch.cuda.is_available() else "cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert network.device() == "cuda"


def test_is_registered_without_loading_torch():
    code = "import sys, milepost.learners.base as b; b.learners['network']; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert learners["network"].extra == "network"


def test_learns_what_no_line_can(heads):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1500, 4)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(float)
    train, valid = Batch(x[:1000], y[:1000]), Batch(x[1000:], y[1000:])
    model = Perceptron().fit(train, valid, Job({**LIGHT, "epochs": 25}, heads[0]))
    assert ((model.raw(valid.x)[:, 0] > 0) == (valid.y > 0)).mean() > 0.9
    assert graph_gap(model, valid.x, 1) < 1e-5


def test_best_epoch_is_kept(heads):
    toy = make_toy(heads[0], missing=False)
    params = {**LIGHT, "width": 128, "dropout": 0.0, "epochs": 40}
    model = Perceptron().fit(toy.train, toy.valid, Job(params, heads[0]))
    lowest = min(model.curve, key=lambda point: point.valid)
    assert model.rounds == lowest.step < model.curve[-1].step
    full = Perceptron().fit(toy.train, toy.valid, Job(params, heads[0], stop_early=False))
    assert full.rounds == full.curve[-1].step == 40
    assert full.curve[-1].valid > lowest.valid


def test_refit_follows_the_same_schedule(heads):
    toy = make_toy(heads[2], missing=False)
    for residual in (False, True):
        params = {**LIGHT, "residual": residual, "epochs": 10, "learning_rate": 0.02}
        chosen = Perceptron().fit(toy.train, toy.valid, Job(params, heads[2], seed=2))
        refit = Perceptron().fit(toy.train, None, Job(params, heads[2], seed=2, rounds=chosen.rounds))
        assert np.array_equal(chosen.raw(toy.valid.x), refit.raw(toy.valid.x))


@pytest.mark.alone
def test_deadline_inside_an_epoch(heads):
    toy = make_toy(heads[0], missing=False)
    Perceptron().fit(
        toy.train, None, Job(LIGHT, heads[0], rounds=1)
    )  # PyTorch itself may take seconds to load
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60_000, 50)).astype(np.float32)
    start = time.monotonic()
    job = Job({"width": 256, "depth": 3}, heads[0], deadline=start + 0.2)
    model = Perceptron().fit(Batch(x, (x[:, 0] > 0) * 1.0), None, job)
    assert time.monotonic() - start < 3
    assert model.rounds == 1
    assert model.short


def test_parallel_threads_give_what_serial_gives(heads):
    toy = make_toy(heads[1], missing=False)

    def fit(seed):
        job = Job({**LIGHT, "epochs": 4}, heads[1], seed=seed)
        return Perceptron().fit(toy.train, toy.valid, job).raw(toy.valid.x)

    before = torch.get_num_threads()
    serial = [fit(seed) for seed in range(3)]
    with ThreadPoolExecutor(2) as pool:
        parallel = list(pool.map(fit, range(3)))
    assert all(np.array_equal(a, b) for a, b in zip(serial, parallel, strict=True))
    assert torch.get_num_threads() == before


def test_objections(heads, monkeypatch):
    assert Perceptron().objection(10_000, 20, heads[0]) == ""
    monkeypatch.setattr(network, "device", lambda: "cpu")
    assert "400,000 rows" in Perceptron().objection(400_000, 20, heads[0])
    monkeypatch.setattr(network, "find_spec", lambda _: None)
    assert "pip install 'milepost[network]'" in Perceptron().objection(100, 20, heads[0])
    toy = make_toy(heads[0], missing=False)
    with pytest.raises(MissingExtra, match="network"):
        Perceptron().fit(toy.train, None, Job({}, heads[0]))


def test_few_rows(heads):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 3)).astype(np.float32)
    for residual in (False, True):
        params = {**LIGHT, "residual": residual, "epochs": 3}
        model = Perceptron().fit(Batch(x, np.array([0.0, 1, 0, 1, 1])), None, Job(params, heads[0]))
        assert np.isfinite(model.raw(x)).all()
    assert model.raw(x[:0]).shape == (0, 1)
    one = Perceptron().fit(Batch(x[:1], np.ones(1)), None, Job(params, heads[0]))
    assert np.isfinite(one.raw(x)).all()


def test_the_space_holds_what_is_said_of_it(heads):
    check_space(Perceptron(), heads[1], draws=1)


def test_portfolio_and_ladder_grow(heads):
    small, large = (Perceptron().portfolio(rows, 20, heads[0]) for rows in (500, 50_000))
    assert max(params["width"] for params in small) == 64
    assert len(large) == len(small) == 4
    widths = [params["width"] for params in Perceptron().ladder(50_000, 20, heads[0])]
    assert widths == sorted(widths)


def test_answers_in_little_memory():
    """Pieces of a hundred numbers widen a row thirtyfold: rows are answered a chunk at a time."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40_000, 100)).astype(np.float32)
    encoder = Encoder.of(x, (), 30)
    first = Layer(np.ones((encoder.width, 8), np.float32), np.zeros(8, np.float32))
    last = Layer(np.eye(8, dtype=np.float32), np.zeros(8, np.float32))
    made = network.Network(encoder, (first, last), False, "relu", 1, ())
    tracemalloc.start()
    raw = made.raw(x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300e6
    assert raw[:100] == pytest.approx(np.maximum(encoder.raw(x[:100]) @ first.weight, 0), rel=1e-5)
