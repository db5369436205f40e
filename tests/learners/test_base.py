"""Every learner says what it is, and a job knows when it is late."""

import time
from typing import get_args

import pytest

from milepost.learners.base import Job, learners
from milepost.modalities.base import View
from milepost.tasks.heads import SigmoidHead


@pytest.mark.parametrize("name", sorted(learners))
def test_a_learner_says_what_it_is(name: str) -> None:
    learner = learners[name]
    assert learner.name == name
    assert learner.title
    assert learner.view in get_args(View)
    portfolio = learner.portfolio(1000, 10, SigmoidHead())
    assert portfolio
    assert len({str(sorted(params.items())) for params in portfolio}) == len(portfolio)


def test_a_job_is_late_after_its_deadline() -> None:
    assert not Job({}, SigmoidHead()).late
    assert Job({}, SigmoidHead(), deadline=time.monotonic() - 1).late
