from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from milepost.learners.bring.chance import building, running  # noqa: E402


def test_weights_are_drawn_from_the_seed_and_nothing_else_is_moved() -> None:
    before = torch.get_rng_state()
    drawn = []
    for _ in range(2):
        with building(5):
            drawn.append(torch.nn.Linear(3, 2).weight.detach().clone())
    assert torch.equal(*drawn)
    assert torch.equal(before, torch.get_rng_state())


def test_dropout_and_draws_come_from_the_generator_given() -> None:
    x, found = torch.ones(50, 40), []
    layer = torch.nn.Dropout(0.3)
    for seed in (1, 1, 2):
        torch.manual_seed(99)
        with running(torch.Generator().manual_seed(seed)):
            found.append(torch.cat([layer(x), torch.rand(2, 40), torch.rand_like(x)]))
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
    dropped = found[0][:50]
    assert 0.2 < float((dropped == 0).float().mean()) < 0.4
    assert dropped.unique().tolist() == pytest.approx([0.0, 1 / 0.7])
    layer.eval()
    with running(torch.Generator()):
        assert torch.equal(layer(x), x)
