"""Features of a table are those of its graph, and out of fold those of the other folds' rows."""

import numpy as np
import polars as pl
import pytest

from milepost.data.facts import facts_of
from milepost.modalities.category import Category
from milepost.modalities.cross import CrossVectorizer
from milepost.modalities.tabled import Tabled
from milepost.testing.modalities import features

CHANCE = np.random.default_rng(3)
ROWS = 1500
TABLE = pl.DataFrame(
    {
        "who": [f"p{n}" for n in CHANCE.zipf(1.5, ROWS).clip(max=400)],
        "what": [None if n == 7 else f"r{n}" for n in CHANCE.integers(0, 60, ROWS)],
    }
)
TARGET = CHANCE.normal(size=(ROWS, 2))
WEIGHT = CHANCE.uniform(0.1, 3, ROWS)
FOLDS = CHANCE.integers(0, 5, ROWS)


def learner(kind, view):
    if kind == "category":
        return Category().vectorizer(view, {"who": facts_of(TABLE["who"])}), TABLE.select("who")
    return CrossVectorizer(("who", "what"), ("string", "string"), view), TABLE


@pytest.mark.parametrize("view", ["trees", "dense", "network"])
@pytest.mark.parametrize("kind", ["category", "cross"])
@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_a_fold_sees_the_other_rows_alone(kind, view, weight):
    vectorizer, columns = learner(kind, view)
    fitted = vectorizer.fit(columns, TARGET, weight)
    assert isinstance(fitted, Tabled)
    found = fitted.out_of_fold(columns, (TARGET, weight, FOLDS))
    for fold in range(5):
        inside, outside = np.flatnonzero(fold == FOLDS), np.flatnonzero(fold != FOLDS)
        heavy = None if weight is None else weight[outside]
        again = vectorizer.refit(fitted, columns[outside], TARGET[outside], heavy)
        np.testing.assert_array_equal(found[inside], again.shortcut(columns[inside]))
        wires = dict.fromkeys(columns.columns, "string")
        np.testing.assert_array_equal(found[inside], features(again, columns[inside], wires))
    moved = TARGET.copy()
    moved[FOLDS == 0] += 100
    other = fitted.out_of_fold(columns, (moved, weight, FOLDS))
    np.testing.assert_array_equal(found[FOLDS == 0], other[FOLDS == 0])
    assert (found[FOLDS == 1] != other[FOLDS == 1]).any()


def test_one_fold_alone_keeps_the_table():
    vectorizer, columns = learner("category", "trees")
    fitted = vectorizer.fit(columns, TARGET, None)
    found = fitted.out_of_fold(columns, (TARGET, None, np.zeros(ROWS, int)))
    np.testing.assert_array_equal(found, fitted.shortcut(columns))


def test_unseen_and_missing_values_have_their_rows():
    vectorizer, columns = learner("category", "trees")
    fitted = vectorizer.fit(columns, TARGET, None)
    rows = fitted.rows(pl.DataFrame({"who": [None, "nobody", ""]}))
    assert rows.tolist() == [0, len(fitted.table) - 1, 0]


def test_without_a_target_nothing_is_learnt_anew():
    vectorizer, columns = learner("category", "trees")
    fitted = vectorizer.fit(columns, None, None)
    assert vectorizer.refit(fitted, columns, TARGET, None) is fitted
