"""Networks repeat by their seed alone, and fold without changing their answers."""

import numpy as np
import pytest

from milepost.learners.encoder import Encoder
from milepost.learners.layers import Net, Shape

torch = pytest.importorskip("torch", reason="needs the extra [network]")


def spread(features):
    return Encoder.of(np.random.default_rng(0).normal(size=(100, features)).astype(np.float32), (), 0)


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("residual", [False, True])
def test_fold_gives_the_mean_of_what_the_members_give(residual, members):
    from milepost.learners.network import Network

    bend = "relu" if residual else "mish"
    net = Net(Shape(16, 3, 2, residual, members, bend), spread(7), np.array([0.5, -1.0]), seed=1)
    x = torch.randn(200, 7, generator=torch.Generator().manual_seed(0)) * 4
    assert net(x)[..., 0].unique().tolist() == [0.5]
    optimizer = torch.optim.SGD(net.learning, lr=0.02)
    for _ in range(30):
        optimizer.zero_grad()
        ((net(x, 0.3) - x[:, :2].sin()) ** 2).mean().backward()
        optimizer.step()
    folded = Network(net.learnt(), net.fold(), residual, bend, 1, ())
    assert folded.members == members
    theirs = net(x).detach().numpy()
    assert theirs.shape == (members, 200, 2)
    assert np.ptp(theirs[:, :, 0]) > 0.1
    assert np.abs(folded.raw(x.numpy()) - theirs.mean(axis=0)).max() < 1e-5
    if members > 1:
        assert np.abs(theirs - theirs.mean(axis=0)).max() > 1e-3
    alone = Net(Shape(16, 3, 2, residual), spread(7), np.zeros(2), 0)
    sizes = [[layer.weight.size for layer in made.fold()[:-1]] for made in (net, alone)]
    assert sizes[0] == sizes[1], "members share all weights but the last layer's"


def test_paces_follow_the_inputs_of_a_plain_layer():
    plain, residual = (Net(Shape(16, 2, 1, kind), spread(4), np.zeros(1), 0) for kind in (False, True))
    first, second, last, slow, fast = plain.groups(0.4)
    assert (first.factor, second.factor, last.factor) == pytest.approx((10.0, 5.0, 5.0))
    assert first.decay * first.factor == pytest.approx(0.4)
    assert slow.decay == fast.decay == 0.0
    assert slow.factor < first.factor < fast.factor
    named = {id(tensor) for group in residual.groups(0.4) for tensor in group.tensors}
    assert named == {id(tensor) for tensor in residual.learning}
    assert {group.factor for group in residual.groups(0.4)} == {1.0}


def test_randomness_is_its_own():
    def first(seed):
        torch.manual_seed(np.random.default_rng().integers(1 << 30))
        net = Net(Shape(8, 2, 1), spread(5), np.zeros(1), seed)
        net.last[0].data += 1.0
        return net(torch.ones(3, 5), 0.5).detach().numpy()

    assert np.array_equal(first(4), first(4))
    assert not np.array_equal(first(4), first(5))


def test_dropout_keeps_the_mean_and_the_share():
    net = Net(Shape(8, 2, 1), spread(5), np.zeros(1), 0)
    dropped = net._drop(torch.ones(1000, 100), 0.25)
    assert (dropped == 0).float().mean() == pytest.approx(0.25, abs=0.01)
    assert dropped.mean() == pytest.approx(1.0, abs=0.01)
    assert (dropped[:, 0] == 0).float().mean() == pytest.approx(0.25, abs=0.06)
    assert torch.equal(net._drop(torch.ones(3, 3), -1.0), torch.ones(3, 3))


def test_state_comes_back():
    net = Net(Shape(8, 1, 1, True), spread(5), np.zeros(1), 0)
    state = net.state()
    net(torch.randn(50, 5), 0.0)
    moved = net.means[0].clone()
    net.load(state)
    assert moved.abs().max() > 0
    assert net.means[0].abs().max() == 0
