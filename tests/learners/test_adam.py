"""The optimiser gives the numbers of torch's class, and does not load what that class loads."""

import subprocess
import sys

import pytest

from milepost.learners.adam import BETAS, EPSILON, AdamW


def test_steps_are_those_of_the_class() -> None:
    torch = pytest.importorskip("torch")
    generator = torch.Generator().manual_seed(0)
    mine = [torch.randn(4, 3, generator=generator), torch.randn(3, generator=generator)]
    theirs = [tensor.clone().requires_grad_() for tensor in mine]
    mine = [tensor.requires_grad_() for tensor in mine]
    groups = [{"params": theirs[:1], "weight_decay": 0.1}, {"params": theirs[1:], "weight_decay": 0.0}]
    reference = torch.optim.AdamW(groups, lr=0.05, betas=BETAS, eps=EPSILON, fused=True)
    optimizer = AdamW([(mine[:1], 0.1), (mine[1:], 0.0)])
    for step in range(5):
        for tensors in (mine, theirs):
            (tensors[0].pow(2).sum() + (tensors[1] - step).abs().sum()).backward()
        optimizer.step(0.05)
        reference.step()
        optimizer.clear()
        reference.zero_grad()
        assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))
    assert mine[0].grad is None


def test_a_tensor_without_a_gradient_stays() -> None:
    torch = pytest.importorskip("torch")
    still, moved = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    optimizer = AdamW([([still, moved], 0.5)])
    moved.sum().backward()
    optimizer.step(0.1)
    assert torch.equal(still, torch.ones(2))
    assert not torch.equal(moved, torch.ones(2))


def test_the_compiler_is_not_loaded() -> None:
    pytest.importorskip("torch")
    code = (
        "import sys, torch; from milepost.learners.adam import AdamW; "
        "t = torch.ones(2, requires_grad=True); t.sum().backward(); AdamW([([t], 0.0)]).step(0.1); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_goes_on_from_a_state_as_if_nothing_had_happened() -> None:
    torch = pytest.importorskip("torch")
    tensors = [torch.ones(3, requires_grad=True) for _ in range(2)]
    one, two = (AdamW([([tensor], 0.1)]) for tensor in tensors)

    def step(optimizer: AdamW, tensor: object, by: float) -> None:
        optimizer.clear()
        ((tensor - by) ** 2).sum().backward()
        optimizer.step(0.1)

    for by in (3.0, -1.0, 2.0):
        step(one, tensors[0], by)
    with torch.no_grad():
        tensors[1].copy_(tensors[0])
    two.load(one.state())
    step(one, tensors[0], 5.0)
    step(two, tensors[1], 5.0)
    assert torch.equal(*tensors)
