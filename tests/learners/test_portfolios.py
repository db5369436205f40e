"""Every order names configurations that there are, once, and rows choose the order."""

import pytest

from milepost.learners.base import learners
from milepost.learners.portfolios import BOOSTED, OBLIVIOUS, Portfolio
from milepost.learners.space import complete, outside
from milepost.tasks.heads import SigmoidHead


@pytest.mark.parametrize(("name", "portfolio"), [("lightgbm", BOOSTED), ("catboost", OBLIVIOUS)])
def test_orders_name_what_there_is(name, portfolio) -> None:
    space = learners[name].space(1_000_000, 20, SigmoidHead())
    for params in portfolio.configs:
        assert not outside(space, complete(space, learners[name].defaults, params))
        assert set(params) <= set(learners[name].defaults)
    named = {place for _, order in portfolio.orders for place in order}
    assert named == set(range(len(portfolio.configs)))
    for _, order in portfolio.orders:
        assert len(set(order)) == len(order)


def test_rows_choose_the_order() -> None:
    made = Portfolio(({"a": 1}, {"a": 2}), ((10, (1,)), (100, (0, 1))))
    assert made.tried(9) == ({"a": 2},)
    assert made.tried(10) == ({"a": 1}, {"a": 2})
    assert made.order(99) == (0, 1)
    assert BOOSTED.tried(15_000)[0]["num_leaves"] == 31
    assert BOOSTED.tried(10**9)[0]["num_leaves"] == 127
