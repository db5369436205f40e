"""One head of each link, for learners under test."""

import pytest

from milepost.tasks.heads import IdentityHead, SigmoidHead, SigmoidsHead, SoftmaxHead


@pytest.fixture
def heads():
    """Binary, three classes, one number, two numbers, three labels."""
    number = IdentityHead(1, (0.0,), (1.0,), True)
    pair = IdentityHead(2, (0.0, 0.0), (1.0, 1.0), False)
    return SigmoidHead(), SoftmaxHead(3), number, pair, SigmoidsHead(3)
