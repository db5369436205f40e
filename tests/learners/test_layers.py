"""Networks repeat by their seed alone, and fold without changing their answers."""

import numpy as np
import pytest

from milepost.learners.encoder import Encoder
from milepost.learners.layers import Net, Shape

torch = pytest.importorskip("torch", reason="needs the extra [network]")


def plain(features):
    return Encoder.of(np.zeros((1, features), np.float32), (), 0)


@pytest.mark.parametrize("residual", [False, True])
def test_fold_gives_what_the_network_gives(residual):
    from milepost.learners.network import Network

    net = Net(Shape(16, 3, 2, residual, 0.3), plain(7), np.array([0.5, -1.0]), seed=1)
    x = torch.randn(200, 7, generator=torch.Generator().manual_seed(0)) * 4
    assert net(x, False)[:, 0].unique().tolist() == [0.5]
    optimizer = torch.optim.SGD(net.weights + net.rest, lr=0.02)
    for _ in range(30):
        optimizer.zero_grad()
        ((net(x, True) - x[:, :2].sin()) ** 2).mean().backward()
        optimizer.step()
    folded = Network(net.learnt(), net.fold(), residual, 1, ())
    theirs = net(x, False).detach().numpy()
    assert np.ptp(theirs[:, 0]) > 0.1
    assert np.abs(folded.raw(x.numpy()) - theirs).max() < 1e-5
    far = np.full((1, 7), 1e6, np.float32)
    assert np.abs(folded.raw(far) - folded.raw(np.full((1, 7), 10, np.float32))).max() == 0


def test_randomness_is_its_own():
    def first(seed):
        torch.manual_seed(np.random.default_rng().integers(1 << 30))
        net = Net(Shape(8, 2, 1, False, 0.5), plain(5), np.zeros(1), seed)
        net.weights[-1].data += 1.0
        return net(torch.ones(3, 5), True).detach().numpy()

    assert np.array_equal(first(4), first(4))
    assert not np.array_equal(first(4), first(5))


def test_dropout_keeps_the_mean_and_the_share():
    net = Net(Shape(8, 2, 1, False, 0.25), plain(5), np.zeros(1), 0)
    dropped = net._drop(torch.ones(1000, 100), True)
    assert (dropped == 0).float().mean() == pytest.approx(0.25, abs=0.01)
    assert dropped.mean() == pytest.approx(1.0, abs=0.01)
    assert (dropped[:, 0] == 0).float().mean() == pytest.approx(0.25, abs=0.06)
    assert torch.equal(net._drop(torch.ones(3, 3), False), torch.ones(3, 3))


def test_state_comes_back():
    net = Net(Shape(8, 1, 1, True, 0.0), plain(5), np.zeros(1), 0)
    state = net.state()
    net(torch.randn(50, 5), True)
    moved = net.means[0].clone()
    net.load(state)
    assert moved.abs().max() > 0
    assert net.means[0].abs().max() == 0
