"""The optimiser gives the numbers of torch's class, and does not load what that class loads."""

import subprocess
import sys

import pytest

from milepost.learners.adam import BETAS, EPSILON, AdamW, Group


def test_steps_are_those_of_the_class() -> None:
    torch = pytest.importorskip("torch")
    generator = torch.Generator().manual_seed(0)
    mine = [torch.randn(4, 3, generator=generator), torch.randn(3, generator=generator)]
    theirs = [tensor.clone().requires_grad_() for tensor in mine]
    mine = [tensor.requires_grad_() for tensor in mine]
    groups = [{"params": theirs[:1], "weight_decay": 0.1}, {"params": theirs[1:], "weight_decay": 0.0}]
    reference = torch.optim.AdamW(groups, lr=0.05, betas=BETAS, eps=EPSILON, fused=True)
    optimizer = AdamW([Group(mine[:1], 0.1), Group(mine[1:])])
    for step in range(5):
        for tensors in (mine, theirs):
            (tensors[0].pow(2).sum() + (tensors[1] - step).abs().sum()).backward()
        optimizer.step(0.05)
        reference.step()
        optimizer.clear()
        reference.zero_grad()
        assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))
    assert mine[0].grad is None


def test_a_group_has_a_pace_of_its_own_and_decay_can_fade() -> None:
    torch = pytest.importorskip("torch")
    mine, theirs = (torch.full((3,), 2.0, requires_grad=True) for _ in range(2))
    optimizer = AdamW([Group([mine], 0.4, 5.0)], betas=(0.9, 0.95))
    reference = torch.optim.AdamW([theirs], lr=0.05, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    for _ in range(4):
        optimizer.clear()
        reference.zero_grad()
        for tensor in (mine, theirs):
            tensor.pow(3).sum().backward()
        optimizer.step(0.01, share=0.25)
        reference.step()
    assert torch.equal(mine, theirs)
    assert mine[0] < 2.0


def test_a_tensor_without_a_gradient_stays() -> None:
    torch = pytest.importorskip("torch")
    still, moved = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    optimizer = AdamW([Group([still, moved], 0.5)])
    moved.sum().backward()
    optimizer.step(0.1)
    assert torch.equal(still, torch.ones(2))
    assert not torch.equal(moved, torch.ones(2))


def test_the_compiler_is_not_loaded() -> None:
    pytest.importorskip("torch")
    code = (
        "import sys, torch; from milepost.learners.adam import AdamW, Group; "
        "t = torch.ones(2, requires_grad=True); t.sum().backward(); AdamW([Group([t])]).step(0.1); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_goes_on_from_a_state_as_if_nothing_had_happened() -> None:
    torch = pytest.importorskip("torch")
    tensors = [torch.ones(3, requires_grad=True) for _ in range(2)]
    one, two = (AdamW([Group([tensor], 0.1)]) for tensor in tensors)

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
