"""Binned rows are lent to one fit at a time, live as long as their batches, and give the same trees."""

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from milepost.learners import binned
from milepost.learners.base import Batch, Job
from milepost.learners.binned import KEPT, lent
from milepost.learners.boosting import LightGBM
from milepost.testing.learners import make_toy

CONFIGS = (
    {"num_leaves": 31, "learning_rate": 0.1},
    {"num_leaves": 7, "learning_rate": 0.2, "min_data_in_leaf": 3, "bagging_fraction": 0.5},
    {"num_leaves": 15, "learning_rate": 0.1, "feature_fraction": 0.3, "extra_trees": True, "lambda_l2": 9.0},
    {"num_leaves": 31, "learning_rate": 0.1, "max_bin": 15},
    {"num_leaves": 31, "learning_rate": 0.1},
)


def texts(model) -> list[str]:
    return [booster.model_to_string() for booster in model.boosters if booster is not None]


@pytest.mark.parametrize("which", [0, 1, 2, 3, 4])
def test_trees_are_those_of_rows_binned_anew(heads, which) -> None:
    head = heads[which]
    toy = make_toy(head, missing=True)
    for config in CONFIGS:
        again = LightGBM().fit(toy.train, toy.valid, Job(config, head, rounds=12))
        new = make_toy(head, missing=True)
        assert texts(again) == texts(LightGBM().fit(new.train, new.valid, Job(config, head, rounds=12)))


def rows(seed=0) -> Batch:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(500, 3)).astype(np.float32)
    return Batch(x, (x[:, 0] > 0).astype(float))


def test_one_fit_after_another_gets_the_same_and_none_at_the_same_time() -> None:
    train, valid = rows(), rows(1)
    asked = train, valid, 0, {"verbosity": -1}
    with lent(*asked) as first, lent(*asked) as other:
        assert other[0] is not first[0]
    with lent(train, valid, 0, {"verbosity": -1, "num_leaves": 5}) as again:
        assert again[0] in (first[0], other[0])
    with lent(train, valid, 0, {"verbosity": -1, "max_bin": 9}) as coarse:
        assert coarse[0] not in (first[0], other[0])
    with lent(train, None, 0, {"verbosity": -1}) as unwatched:
        assert unwatched[1] is None


def test_they_are_forgotten_with_their_rows() -> None:
    gc.collect()
    before = len(binned._free)
    train, valid = rows(), rows(1)
    with lent(train, valid, 0, {"verbosity": -1}):
        pass
    assert len(binned._free) == before + 1
    del valid
    gc.collect()
    assert len(binned._free) == before
    with lent(train, None, 0, {"verbosity": -1}):
        pass
    del train
    gc.collect()
    assert len(binned._free) == before


def test_a_fit_that_fails_gives_them_back_and_few_are_kept() -> None:
    train = rows()
    with pytest.raises(ArithmeticError), lent(train, None, 0, {"verbosity": -1}):
        raise ArithmeticError
    (kept,) = [tables for key, tables in binned._free.items() if key[0] == id(train)]
    assert len(kept) == 1

    def nested(deep: int) -> None:
        with lent(train, None, 0, {"verbosity": -1}):
            if deep:
                nested(deep - 1)

    nested(KEPT + 2)
    assert len(kept) == KEPT


def test_fits_side_by_side_are_those_one_by_one(heads) -> None:
    toy = make_toy(heads[0], missing=True)

    def fitted(config) -> list[str]:
        return texts(LightGBM().fit(toy.train, toy.valid, Job(config, heads[0], rounds=25)))

    alone = [fitted(config) for config in CONFIGS * 4]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fitted, CONFIGS * 4)) == alone
