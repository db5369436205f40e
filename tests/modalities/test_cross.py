"""Keys of columns: the graph agrees with the plain computation, and no row alone makes a key."""

import numpy as np
import polars as pl
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.modalities.base import feed
from milepost.modalities.cross import LEAST, CrossVectorizer, joined

ROWS = 600


def table(seed=0):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "who": pl.Series([f"w{i}" for i in rng.integers(0, 20, ROWS)]).set(
                pl.Series(rng.random(ROWS) < 0.05), None
            ),
            "what": pl.Series(rng.integers(0, 15, ROWS) * 1_000_003),
            "part": [f"p{i}" for i in rng.integers(0, 3, ROWS)],
        }
    )


def graph(fitted, frame, wires):
    builder = Builder()
    raw = tuple(builder.input(name, wire) for name, wire in zip(fitted.columns, wires, strict=True))
    builder.output(fitted.emit(builder, raw), "features", "float", len(fitted.features))
    feeds = {n: feed(frame[n], wire) for n, wire in zip(fitted.columns, wires, strict=True)}
    (found,) = run(session(builder.model()), feeds).values()
    return found


CASES = [
    (("who", "what"), ("string", "double")),
    (("what",), ("double",)),
    (("who", "what", "part"), ("string", "float", "string")),
]


@pytest.mark.parametrize("view", ["trees", "dense"])
@pytest.mark.parametrize(("columns", "wires"), CASES)
def test_the_graph_is_the_shortcut_bit_by_bit(columns, wires, view):
    frame = table()
    target = np.random.default_rng(1).random((ROWS, 2))
    fitted = CrossVectorizer(columns, wires, view).fit(frame, target, None)
    odd = pl.DataFrame(
        {
            "who": ["w1", None, "", "nobody", "w2", "w1"],
            "what": [1_000_003.0, np.nan, np.inf, 0.5, None, -1e300],
            "part": ["p0", "p1", None, "p2", "p9", "p0"],
        },
        strict=False,
    )
    for rows in (frame, odd, frame.head(1)):
        assert np.array_equal(graph(fitted, rows, wires), fitted.shortcut(rows))
    assert np.isfinite(fitted.table).all()
    assert fitted.features[-2:] == tuple(f"{' x '.join(columns)} target mean {i}" for i in (1, 2))


def test_means_are_of_the_pair_and_its_share_is_counted():
    frame = pl.DataFrame({"a": ["x"] * 40 + ["y"] * 40, "b": (["l"] * 20 + ["r"] * 20) * 2})
    target = np.array([1.0] * 20 + [0.0] * 40 + [1.0] * 20)
    fitted = CrossVectorizer(("a", "b"), ("string", "string"), "trees").fit(frame, target, None)
    asked = pl.DataFrame({"a": ["x", "x", "y", "x"], "b": ["l", "r", "r", "never"]})
    shares, means = fitted.shortcut(asked).T
    assert shares.tolist() == [0.25, 0.25, 0.25, 0.0]
    assert means[0] > 0.9
    assert means[1] < 0.1
    assert means[2] > 0.9
    assert means[3] == pytest.approx(0.5), "an unknown pair is like the average"
    assert fitted.features == ("a x b share", "a x b target mean")


def test_a_pair_of_a_single_row_is_no_key():
    frame = pl.DataFrame({"a": ["x", "x", "y", "z"], "b": ["l", "l", "l", "r"]})
    fitted = CrossVectorizer(("a", "b"), ("string", "string"), "trees").fit(frame, np.ones(4), None)
    assert len(fitted.keys) == 1
    assert LEAST == 2
    lonely = fitted.shortcut(pl.DataFrame({"a": ["y", "q"], "b": ["l", "q"]}))
    assert np.array_equal(lonely[0], lonely[1])


def test_where_no_pair_comes_twice_all_rows_are_alike():
    frame = pl.DataFrame({"n": [1, 2, 3], "b": ["l", "m", "r"]})
    vectorizer = CrossVectorizer(("n", "b"), ("float", "string"), "dense")
    fitted = vectorizer.fit(frame, np.array([0.0, 1.0, 1.0]), None)
    found = graph(fitted, frame, ("float", "string"))
    assert (found == found[0]).all()
    empty = vectorizer.fit(frame.with_columns(n=pl.lit(None, pl.Int64)), np.zeros(3), None)
    assert graph(empty, frame, ("float", "string")).shape == (3, 2)


def test_refit_changes_means_only():
    frame, target = table(), np.random.default_rng(1).random(ROWS)
    vectorizer = CrossVectorizer(("who", "what"), ("string", "double"), "trees")
    fitted = vectorizer.fit(frame, target, None)
    again = vectorizer.refit(fitted, frame[:300], target[:300], None)
    assert np.array_equal(again.keys, fitted.keys)
    assert np.array_equal(again.table[:, 0], fitted.table[:, 0])
    assert not np.array_equal(again.table[:, 1], fitted.table[:, 1])
    same = vectorizer.refit(fitted, frame, target, None)
    assert np.array_equal(same.table, fitted.table)


def test_levels_are_looked_up_once_for_all_keys_of_a_column():
    frame, target = table(), np.random.default_rng(1).random(ROWS)
    builder = Builder()
    raw = {name: builder.input(name, "double" if name == "what" else "string") for name in frame.columns}
    for columns, wires in CASES[:2]:
        fitted = CrossVectorizer(columns, wires, "trees").fit(frame, target, None)
        fitted.emit(builder, tuple(raw[name] for name in columns))
    encoders = [node for node in builder.nodes if node.op_type == "LabelEncoder"]
    assert len(encoders) == 4, "two columns and two sets of keys"


def test_joined_keys_are_distinct():
    codes = np.array([(a, b, c) for a in range(3) for b in range(4) for c in range(5)]).T
    assert len(set(joined(list(codes), [3, 4, 5]).tolist())) == 60
