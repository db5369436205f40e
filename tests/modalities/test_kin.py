"""Fields of a kin go through one set of nodes and come out with the bits and in the places of their own."""

import numpy as np
import polars as pl
import pytest

from milepost.data.facts import facts_of
from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.modalities.base import feed
from milepost.modalities.kin import emit_all
from milepost.modalities.made import MadeVectorizer


def table(rows: int = 400) -> pl.DataFrame:
    """Light and heavy tails, gaps, far and huge numbers, and names, in no order."""
    rng = np.random.default_rng(3)
    gap = np.where(rng.random(rows) < 0.1, np.nan, 1.0)
    return pl.DataFrame(
        {
            "light": rng.normal(size=rows),
            "heavy": rng.lognormal(0, 3, rows),
            "name": rng.choice(["a", "b", "c"], rows),
            "gaps": rng.normal(5, 2, rows) * gap,
            "huge": rng.normal(size=rows) * 1e35,
            "light too": rng.uniform(size=rows),
            "far": 1e9 + rng.integers(0, 50, rows).astype(float),
            "heavy gaps": rng.lognormal(0, 3, rows) * gap,
            "gaps too": rng.normal(size=rows) * gap[::-1],
            "heavy too": np.where(rng.random(rows) < 0.7, 0.0, rng.lognormal(0, 2, rows)),
            "far too": 3e9 + rng.integers(0, 9, rows).astype(float),
        }
    ).with_columns(pl.col("gaps", "heavy gaps", "gaps too").fill_nan(None))


def probes(frame: pl.DataFrame) -> pl.DataFrame:
    """The table, then rows in which all numbers are missing, infinite, or at the ends."""
    numbers = [name for name in frame.columns if frame[name].dtype == pl.Float64]
    odd = [None, np.inf, -np.inf, 0.0, 1e38, -1e38]
    more = pl.DataFrame(dict.fromkeys(numbers, odd)).with_columns(name=pl.lit(None, pl.String))
    return pl.concat([frame, more.select(frame.columns)])


@pytest.mark.parametrize("view", ["trees", "dense", "network"])
def test_together_is_what_each_says_alone(view) -> None:
    frame = table()
    recipe = Recipe.of(frame, infer_schema(frame))
    transform, _ = recipe.fit(frame, view, None)
    asked = probes(frame)
    builder = Builder()
    raw = {c.name: builder.input(c.name, c.wire) for c in recipe.schema.inputs}
    builder.output(transform.emit(builder, raw), "features", "float", len(transform.features))
    feeds = {c.name: feed(asked[c.name], c.wire) for c in recipe.schema.inputs}
    (found,) = run(session(builder.model()), feeds).values()
    np.testing.assert_array_equal(found, transform.matrix(asked))


def test_numbers_of_a_kin_take_the_nodes_of_one() -> None:
    rng = np.random.default_rng(0)

    def nodes(columns: int) -> int:
        frame = pl.DataFrame({f"x{at}": rng.normal(size=100) for at in range(columns)})
        recipe = Recipe.of(frame, infer_schema(frame))
        builder = Builder()
        raw = {name: builder.input(name, "float") for name in frame.columns}
        recipe.fit(frame, "dense", None)[0].emit(builder, raw)
        return sum(node.op_type != "Cast" for node in builder.nodes)

    assert nodes(200) == nodes(2) == nodes(1) + 3  # two lay columns, one turns them


def test_made_numbers_of_a_kin_keep_their_places() -> None:
    frame = table().select("light", "gaps", "light too")
    pairs = [("ratio", "light", "gaps"), ("product", "light", "light too"), ("ratio", "light too", "gaps")]
    fitted = [
        MadeVectorizer(kind, names, ("float", "float"), "dense").fit(frame.select(names), None, None)
        for kind, *names in pairs
    ]
    kin = [one.kin for one in fitted]
    assert kin[0] == kin[2] != kin[1]
    answers = []
    for together in (True, False):
        builder = Builder()
        raw = {name: builder.input(name, "float") for name in frame.columns}
        tensors = [tuple(raw[name] for name in names) for _, *names in pairs]
        made = (
            emit_all(builder, fitted, tensors)
            if together
            else builder.node(
                "Concat", *(f.emit(builder, t) for f, t in zip(fitted, tensors, strict=True)), axis=1
            )
        )
        builder.output(made, "features", "float", sum(len(one.features) for one in fitted))
        feeds = {name: feed(frame[name], "float") for name in frame.columns}
        answers += run(session(builder.model()), feeds).values()
    np.testing.assert_array_equal(*answers)


def test_facts_of_the_table_are_as_the_tests_need_them() -> None:
    frame = table()
    recipe = Recipe.of(frame, infer_schema(frame))
    fitted = {p.name: f for p, f in recipe.fit(frame, "dense", None)[0].parts}
    heavy = {name for name, one in fitted.items() if getattr(one, "knots", None) is not None}
    assert heavy == {"heavy", "heavy gaps", "heavy too"}
    assert facts_of(frame["gaps"]).missing > 5
    assert len({one.kin for one in fitted.values()} - {None}) >= 5
