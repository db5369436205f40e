"""The last blocks in PyTorch are those of the graph, and begin as the pretrained network."""

from dataclasses import replace

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import session
from milepost.learners.late import LATE, LAYERS, Late, LateForm, emit
from milepost.learners.tuner import form_of
from milepost.modalities import lite
from milepost.testing.signals import places

torch = pytest.importorskip("torch", reason="needs the extra [network]")
pytestmark = pytest.mark.skipif(not lite.installed(), reason="the weights are not installed (extra [image])")

PARAMS = {"blocks": 4, "dropout": 0.0, "hold": 2.0}
ROWS = places(17)
FORM = form_of(ROWS, 2)


def graph(form, layers, features):
    builder = Builder()
    raw = emit(builder, builder.input("x", "float", features), form, layers)
    builder.output(raw, "raw", "float", form.outputs)
    return session(builder.model())


def moved(net):
    """Every tensor somewhere else than where it began."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for tensor in net.rest:
            noise = torch.randn(tensor.shape, generator=generator)
            tensor.add_(noise * (0.02 * tensor.abs().mean() + 0.01))
    return net


def test_it_begins_as_the_pretrained_network():
    """Without a step the layers give the numbers that the network's own graph gives."""
    builder = Builder()
    planes = builder.input("x", "float", 3 * 96 * 96)
    shaped = builder.node("Reshape", planes, builder.const(np.array([-1, 3, 96, 96])))
    maps, _ = lite.trunk(builder, shaped)
    builder.output(builder.node("Flatten", maps, axis=1), "maps", "float", 9 * lite.DEPTH)
    builder.output(lite.emit(builder, shaped), "whole", "float", lite.WIDTH)
    pixels = np.random.default_rng(0).uniform(0, 255, (4, 3 * 96 * 96)).astype(np.float32)
    maps, whole = session(builder.model()).run(["maps", "whole"], {"x": pixels})
    maps = maps.reshape(4, lite.DEPTH, 3, 3).transpose(0, 2, 3, 1).reshape(4, -1)
    form = LateForm((replace(ROWS.blocks[0], start=0),), np.zeros(0, int), 1)
    net = Late(form, 0, "cpu", PARAMS)
    with torch.no_grad():
        found = net.seen(torch.from_numpy(maps)).numpy()
    expected = np.delete(whole, np.s_[lite.HEAD : lite.HEAD + lite.EARLY], axis=1)
    assert found.shape == (4, LATE)
    assert np.abs(found - expected).max() < 1e-4


@pytest.mark.parametrize("batch", [1, 5, 16])
def test_the_graph_gives_what_pytorch_gives_at_any_batch(batch):
    net = Late(FORM, 3, "cpu", {**PARAMS, "dropout": 0.5})
    with torch.no_grad():
        net.scale(net.seen(torch.from_numpy(ROWS.x)).numpy())
    moved(net)
    with torch.no_grad():
        expected = net(torch.from_numpy(ROWS.x), False).numpy()
    assert expected.std(0).min() > 0.05
    opened = graph(FORM, net.arrays(), ROWS.x.shape[1])
    parts = [opened.run(None, {"x": ROWS.x[at : at + batch]})[0] for at in range(0, len(ROWS.x), batch)]
    assert np.abs(np.concatenate(parts) - expected).max() <= 1e-4


@pytest.mark.parametrize("blocks", [1, 3])
def test_gradients_move_only_the_last_blocks(blocks):
    net = Late(FORM, 0, "cpu", {**PARAMS, "blocks": blocks})
    moved(net)
    net(torch.from_numpy(ROWS.x), True).square().mean().backward()
    reached = {name for name, weight in net.weights.items() if weight.grad is not None}
    allowed = (*(f"0 _blocks.{at}." for at in range(16 - blocks, 16)), "0 _conv_head")
    assert reached == {f"0 {name}" for name in LAYERS if f"0 {name}".startswith(allowed)}
    assert {name for name, bias in net.biases.items() if bias.grad is not None} == reached
    assert all(float(net.weights[name].grad.abs().max()) > 0 for name in reached)
    assert float(net.slope.grad.abs().max()) > 0


def test_a_state_is_everything_that_was_learnt():
    one, two = Late(FORM, 0, "cpu", {**PARAMS, "blocks": 2}), Late(FORM, 0, "cpu", {**PARAMS, "blocks": 2})
    one.scale(one.seen(torch.from_numpy(ROWS.x)).detach().numpy())
    one.begin(np.ones((FORM.width, 2)), np.ones(2), 0.25, 0.5)
    moved(one)
    two.load(one.state())
    x = torch.from_numpy(ROWS.x)
    assert torch.equal(one(x, False), two(x, False))
    assert torch.equal(one.penalty(), two.penalty())


def test_what_has_not_moved_costs_what_the_probe_costs():
    net = Late(FORM, 0, "cpu", PARAMS)
    net.begin(np.full((FORM.width, 2), 0.1), np.zeros(2), 0.5, 0.25)
    still = 0.5 * 0.5 * 0.01 * 2 * FORM.width
    assert net.penalty().item() == pytest.approx(still, rel=1e-4)
    with torch.no_grad():
        net.biases["0 _conv_head"][3] += 2.0
    assert net.penalty().item() == pytest.approx(still + 0.5 * 0.25 * PARAMS["hold"] * 4.0, rel=1e-4)


def test_moments_are_scaled_as_those_of_the_embedding_are():
    net = Late(FORM, 0, "cpu", PARAMS)
    x = torch.from_numpy(ROWS.x)
    scaled = net.scale(net.seen(x).detach().numpy())
    moments = scaled[:, lite.HEAD : LATE]
    assert np.abs(moments.mean(0)).max() < 1e-4
    assert moments.std(0) == pytest.approx(lite.INNER, rel=1e-3)
    assert np.abs(net.seen(x).detach().numpy() - scaled).max() < 1e-5


def test_dropout_is_there_in_training_only():
    net = moved(Late(FORM, 0, "cpu", {**PARAMS, "dropout": 0.5}))
    x = torch.from_numpy(ROWS.x)
    assert torch.equal(net(x, False), net(x, False))
    assert not torch.equal(net(x, True), net(x, True))
