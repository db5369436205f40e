"""Categories of one table go through one set of nodes and come out with the bits of their own."""

import numpy as np
import polars as pl
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.modalities.base import feed
from milepost.modalities.category import CategoryVectorizer
from milepost.modalities.kin import emit_all
from milepost.modalities.levels import Ones, single


def fitted(columns: int, levels: int, view, target: bool):
    """Categories with rare levels, gaps and some words in common, beside a truth that they tell a little."""
    rng = np.random.default_rng(columns)
    names = [f"c{at}" for at in range(columns)]
    words = {
        name: [None if n == 0 else f"w{n}" for n in rng.binomial(levels + at % 4, 0.4, 500)]
        for at, name in enumerate(names)
    }
    frame = pl.DataFrame(words)
    truth = rng.normal(size=500)
    fits = [CategoryVectorizer(name, view, target).fit(frame.select(name), truth, None) for name in names]
    return frame, fits


def answers(frame: pl.DataFrame, fits, together: bool):
    """What a graph says of the table and of rows that hold missing and unseen text; and its nodes."""
    words = [None, "", "never seen", "w1", "W1"]
    odd = pl.DataFrame(dict.fromkeys(frame.columns, words))
    asked = pl.concat([frame, odd])
    builder = Builder()
    raw = [(builder.input(name, "string"),) for name in frame.columns]
    if together:
        made = emit_all(builder, fits, raw)
    else:
        parts = [one.emit(builder, own) for one, own in zip(fits, raw, strict=True)]
        made = builder.node("Concat", *parts, axis=1)
    many = len(builder.nodes)
    builder.output(made, "features", "float", sum(len(one.features) for one in fits))
    feeds = {name: feed(asked[name], "string") for name in frame.columns}
    (found,) = run(session(builder.model()), feeds).values()
    return found, many


@pytest.mark.parametrize("levels", [3, 8, 30])
def test_together_they_say_what_each_says_alone_in_fewer_nodes(levels: int) -> None:
    frame, fits = fitted(12, levels, "dense", target=False)
    assert {one.kin for one in fits} == {Ones()}
    (found, few), (expected, many) = (answers(frame, fits, together) for together in (True, False))
    assert few < many
    np.testing.assert_array_equal(found, expected)


def test_numbers_a_level_are_read_column_by_column() -> None:
    """Codes of the trees' view and means of the target: together they would not be quicker."""
    for view, target in (("trees", False), ("trees", True), ("dense", True)):
        assert {one.kin for one in fitted(4, 60, view, target)[1]} == {None}


def test_few_of_them_keep_their_own_nodes() -> None:
    frame, fits = fitted(2, 8, "dense", target=False)
    (found, few), (expected, many) = (answers(frame, fits, together) for together in (True, False))
    assert few == many
    np.testing.assert_array_equal(found, expected)


def test_rare_levels_share_a_feature() -> None:
    _, fits = fitted(4, 30, "dense", target=False)
    assert any(one.table.sum() > len(one.features) for one in fits)
    assert all(single(one.table) for one in fits)


def test_codes_are_made_once_for_two_views() -> None:
    frame, dense = fitted(12, 8, "dense", target=False)
    _, trees = fitted(12, 8, "trees", target=False)
    builder = Builder()
    raw = [(builder.input(name, "string"),) for name in frame.columns]
    emit_all(builder, dense, raw)
    emit_all(builder, trees, raw)
    assert sum(node.op_type == "LabelEncoder" for node in builder.nodes) == 12
