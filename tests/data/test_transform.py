"""The transform is one graph, whatever the rows; media and texts of any size go through it."""

import pickle

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.data.schema import Column, Field
from milepost.data.transform import Transform
from milepost.errors import InputError
from milepost.graphs.builder import Builder
from milepost.graphs.compare import compare
from milepost.modalities.base import Block, Fitted, Frozen, feed
from milepost.testing.toys import columns as table

VIEWS = ("trees", "dense", "network")


def noise(rows=900, seed=1):
    return (np.random.default_rng(seed).random(rows) < 0.4).astype(float)


def recipe_of(frame, **masks):
    return Recipe.of(frame, infer_schema(frame), masks)


@pytest.mark.parametrize("view", VIEWS)
def test_the_merged_graph_is_the_matrix(view):
    frame = table()
    recipe = recipe_of(frame)
    assert {field.modality for field in recipe.schema.fields()} == {"number", "category", "moment", "place"}
    transform, _ = recipe.fit(frame, view, noise())
    fresh = pl.concat(
        [
            table(60, seed=9),
            frame.head(5).select(pl.lit(None, frame[n].dtype).alias(n) for n in frame.columns),
        ]
    )
    builder = Builder()
    raw = {column.name: builder.input(column.name, column.wire) for column in recipe.schema.inputs}
    builder.output(transform.emit(builder, raw), "features", "float", len(transform.features))
    feeds = {column.name: feed(fresh[column.name], column.wire) for column in recipe.schema.inputs}
    matrix = transform.matrix(fresh)
    assert matrix.dtype == np.float32
    assert compare(builder.model(), feeds, {"features": matrix}) <= 1e-6
    np.testing.assert_array_equal(transform.matrix(fresh, threads=2), matrix)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(transform)).matrix(fresh), matrix)
    assert len(transform.sources) == len(transform.features) == matrix.shape[1]
    assert set(transform.sources) == {"amount", "count", "big", "colour", "shop", "when", "lat, lon"}


def test_features_of_a_column_are_those_made_with_others_too():
    rng = np.random.default_rng(0)
    who, what = rng.integers(0, 20, 3000), rng.integers(0, 14, 3000)
    frame = pl.DataFrame({"who": [f"w{i}" for i in who], "what": [f"r{i}" for i in what], "x": who * 0.5})
    target = rng.normal(0, 3, (20, 14))[who, what]
    transform, _ = recipe_of(frame).fit(frame, "trees", target)
    named = {n: [transform.features[i] for i in transform.made_of([n])] for n in frame.columns}
    both = ["who x what share", "who x what target mean"]
    assert named["what"] == ["what", "what share", "what target mean", *both]
    assert named["who"] == ["who", "who share", "who target mean", *both]
    assert named["x"] == ["x"]
    builder = Builder()
    raw = {column.name: builder.input(column.name, column.wire) for column in recipe_of(frame).schema.inputs}
    builder.output(transform.emit(builder, raw), "features", "float", len(transform.features))
    feeds = {column.name: feed(frame[column.name], column.wire) for column in recipe_of(frame).schema.inputs}
    assert compare(builder.model(), feeds, {"features": transform.matrix(frame)}) == 0


def test_many_rows_run_in_chunks():
    frame = table(900)
    transform, _ = recipe_of(frame).fit(frame, "trees", None)
    long = pl.concat([frame] * 80)
    np.testing.assert_array_equal(transform.matrix(long), np.tile(transform.matrix(frame), (80, 1)))


def test_a_column_that_is_not_there_is_named():
    frame = table()
    transform, _ = recipe_of(frame).fit(frame, "trees", None)
    with pytest.raises(InputError, match=r"'colour'.*Did you mean 'color'"):
        transform.matrix(frame.rename({"colour": "color"}))


def test_no_rows():
    frame = table()
    transform, _ = recipe_of(frame).fit(frame, "dense", noise())
    assert transform.matrix(frame.head(0)).shape == (0, len(transform.features))


class First(Frozen):
    """The first four bytes of a text."""

    name = "first four bytes"
    width = 4
    dtype = "uint8"

    def emit(self, builder, raw):
        zeros = builder.node("Pad", raw[0], builder.const(np.int64([0, 0, 0, 4])))
        ends = (builder.const(np.int64(v)) for v in ([0], [4], [1]))
        return builder.cast(builder.node("Slice", zeros, *ends), "float")


class Halves(Fitted):
    """Half of each of the first bytes, as a signal."""

    features = tuple(f"t {i}" for i in range(4))
    blocks = (Block("bytes", 0, (4,)),)
    frozen = First()

    def finish(self, builder, frozen):
        return builder.node("Mul", frozen, builder.const(np.float32(0.5)))


def test_a_frozen_stage_and_a_wide_door_give_what_the_whole_graph_gives():
    column = Column("t", "text", "text", "input", "bytes")
    parts = (Field("t", "text", (column,)), Halves())
    transform = Transform("signals", (parts, parts))
    frame = pl.DataFrame({"t": ["abcdef", None, "é", "x" * 40_000, "abcdef"]})
    matrix = transform.matrix(frame)
    assert matrix[0].tolist() == [48.5, 49.0, 49.5, 50.0] * 2
    assert [block.start for block in transform.blocks] == [0, 4]
    builder = Builder()
    raw = {"t": builder.input("t", "bytes")}
    builder.output(transform.emit(builder, raw), "features", "float", 8)
    assert compare(builder.model(), {"t": feed(frame["t"], "bytes")}, {"features": matrix}) == 0
