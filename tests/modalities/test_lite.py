"""EfficientNet-Lite0 as nodes answers what an implementation in PyTorch answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import session
from milepost.modalities import lite

pytestmark = pytest.mark.skipif(not lite.installed(), reason="the weights are not installed (extra [image])")


def by_torch(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The network of its paper, with normalisation apart and padding by the rule of TensorFlow."""
    torch = pytest.importorskip("torch")
    known = {name: torch.from_numpy(value) for name, value in lite.weights().items()}
    functional = torch.nn.functional

    def conv(x: Any, name: str, stride: int = 1, groups: int = 1) -> Any:
        kernel = known[f"{name}.weight"]
        pads = []
        for size in (x.shape[3], x.shape[2]):
            total = max((-(-size // stride) - 1) * stride + kernel.shape[2] - size, 0)
            pads += [total // 2, total - total // 2]
        return functional.conv2d(functional.pad(x, pads), kernel, None, stride, 0, 1, groups)

    def norm(x: Any, name: str) -> Any:
        values = [known[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        return functional.batch_norm(x, *values, False, 0.01, 1e-3)

    plan = [
        (3, 1, 1, 32, 16), (3, 2, 6, 16, 24), (3, 1, 6, 24, 24), (5, 2, 6, 24, 40), (5, 1, 6, 40, 40),
        (3, 2, 6, 40, 80), (3, 1, 6, 80, 80), (3, 1, 6, 80, 80), (5, 1, 6, 80, 112), (5, 1, 6, 112, 112),
        (5, 1, 6, 112, 112), (5, 2, 6, 112, 192), (5, 1, 6, 192, 192), (5, 1, 6, 192, 192),
        (5, 1, 6, 192, 192), (3, 1, 6, 192, 320),
    ]  # fmt: skip
    relu, taps = functional.relu6, []
    with torch.no_grad():
        x = relu(norm(conv((torch.from_numpy(pixels) - 127) / 128, "_conv_stem", 2), "_bn0"))
        for at, (kernel, stride, expand, came, goes) in enumerate(plan):
            name, inner = f"_blocks.{at}.", x
            if expand > 1:
                inner = relu(norm(conv(inner, name + "_expand_conv"), name + "_bn0"))
            assert known[name + "_depthwise_conv.weight"].shape[2] == kernel
            inner = conv(inner, name + "_depthwise_conv", stride, came * expand)
            inner = norm(conv(relu(norm(inner, name + "_bn1")), name + "_project_conv"), name + "_bn2")
            x = inner + x if stride == 1 and came == goes else inner
            if at + 1 in (11, 15):
                taps += [x.mean((2, 3)), x.std((2, 3), unbiased=False)]
        x = relu(norm(conv(x, "_conv_head"), "_bn1"))
        return np.asarray(torch.cat([(x.mean((2, 3)) + 0.01).sqrt(), *taps], 1))


def network() -> Any:
    builder = Builder()
    raw = builder.input("x", "float", 3 * lite.SIZE**2)
    planes = builder.node("Reshape", raw, builder.const(np.array([-1, 3, lite.SIZE, lite.SIZE])))
    builder.output(lite.emit(builder, planes), "y", "float", lite.WIDTH)
    return session(builder.model())


def test_it_answers_what_pytorch_answers() -> None:
    generator = np.random.default_rng(0)
    smooth = np.kron(generator.uniform(0, 255, (2, 3, 14, 14)), np.ones((16, 16)))
    pixels = np.concatenate([smooth, generator.integers(0, 256, (2, 3, 224, 224))]).astype(np.float32)
    (found,) = network().run(None, {"x": pixels.reshape(4, -1)})
    assert found.shape == (4, lite.WIDTH)
    assert np.abs(found - by_torch(pixels)).max() < 1e-4
    assert found[:, : lite.HEAD].std() > 0.05


def test_answers_do_not_hang_on_what_is_asked_beside() -> None:
    pixels = np.random.default_rng(1).uniform(0, 255, (5, 3 * 224 * 224)).astype(np.float32)
    opened = network()
    (together,) = opened.run(None, {"x": pixels})
    alone = np.concatenate([opened.run(None, {"x": row[None]})[0] for row in pixels])
    assert np.abs(together - alone).max() < 1e-5
