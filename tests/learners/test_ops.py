"""PyTorch and the graph have every operation, and give the same."""

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.learners.encoder import Encoder
from milepost.learners.graphops import GraphOps
from milepost.learners.ops import Ops, Scale
from milepost.modalities.base import Block

torch = pytest.importorskip("torch", reason="needs the extra [network]")
from milepost.learners.bodies import Form  # noqa: E402
from milepost.learners.torchops import TorchOps  # noqa: E402

X = np.random.default_rng(0).integers(0, 9, (7, 48)).astype(np.float32)
TEXT, PICTURE, SOUND = (
    Block("bytes", 0, (12,)),
    Block("pixels", 12, (3, 4, 2)),
    Block("spectrogram", 36, (4, 3)),
)
SCALE = Scale(np.float32([1, 2]), np.float32([3, 4]))


def pooled_text(ops):
    values, mask = ops.bytes(TEXT)
    h = ops.mul(ops.embed("table", values, 5), mask)
    mask = ops.thin(mask)
    return ops.pool(ops.mul(ops.relu(ops.conv("c", h, 6, (5, 2))), mask), mask)


CASES = {
    "text": pooled_text,
    "picture": lambda ops: ops.pool(ops.relu(ops.conv("c", ops.planes(PICTURE, SCALE), 6, (3, 2)))),
    "residual": lambda ops: (
        lambda h: ops.pool(ops.relu(ops.add(h, ops.conv("d", h, 4, (3, 1), last=True))))
    )(ops.conv("c", ops.planes(PICTURE, SCALE), 4, (3, 1))),
    "sound": lambda ops: ops.pool(
        ops.relu(
            ops.conv("c", ops.planes(SOUND, Scale(np.float32([1, 2, 3]), np.ones(3, np.float32))), 5, (3, 2))
        )
    ),
    "course": lambda ops: ops.course(
        ops.relu(
            ops.conv("c", ops.planes(SOUND, Scale(np.float32([1, 2, 3]), np.ones(3, np.float32))), 5, (3, 2))
        )
    ),
    "dense": lambda ops: ops.dense("d", ops.drop(ops.join([pooled_text(ops), pooled_text(ops)])), 3),
}


@pytest.mark.parametrize("case", CASES)
def test_both_give_the_same(case):
    empty = Encoder.of(np.zeros((2, 0), np.float32), (), 0)
    form = Form((TEXT, PICTURE), (None, SCALE), np.zeros(0, np.int64), empty, 2, 0, 4, 1)
    net = TorchOps(form, np.zeros(1), 0, "cpu", (0.5, 1.0, True))
    net.x, net.training = torch.from_numpy(X), False
    with torch.no_grad():
        CASES[case](net)
        for name, mean in net.means.items():  # as after training: statistics of their own
            mean.normal_(generator=torch.Generator().manual_seed(len(name)))
            net.gains[name].uniform_(0.5, 2.0, generator=torch.Generator().manual_seed(1))
            net.biases[name].normal_(generator=torch.Generator().manual_seed(2))
            net.variances[name].uniform_(0.5, 2.0, generator=torch.Generator().manual_seed(3))
        expected = CASES[case](net).numpy()
    builder = Builder()
    ops = GraphOps(builder, builder.input("x", "float", X.shape[1]), net.fold())
    builder.output(CASES[case](ops), "y", "float", expected.shape[1])
    opened = session(builder.model())
    for size in (1, 5, 7):
        found = np.concatenate([run(opened, {"x": X[at : at + size]})["y"] for at in range(0, 7, size)])
        assert np.abs(found - expected).max() < 1e-5
    assert np.abs(expected).max() > 0.1


def test_every_operation_is_there():
    wanted = Ops.__abstractmethods__
    assert not GraphOps.__abstractmethods__
    assert not TorchOps.__abstractmethods__
    assert {"bytes", "planes", "others", "conv", "dense", "pool"} <= wanted
