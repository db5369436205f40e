"""Text finds its row."""

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.compare import compare
from milepost.graphs.lookup import emit_codes, emit_lookup, emit_places

TEXTS = ["", "a", "é", "e\u0301", "東京", "🚀", " a", "A", "never"]


@pytest.mark.parametrize("levels", [["", "a", "é", "東京", "🚀"], ["b"], []])
def test_rows_of_levels_and_of_others(levels):
    table = np.arange(3.0 * (len(levels) + 1)).reshape(-1, 3).astype(np.float32)
    builder = Builder()
    text = builder.input("t", "string")
    builder.output(emit_lookup(builder, text, levels, table), "y", "float", 3)
    builder.output(emit_codes(builder, text, levels), "code", "int64", 1)
    codes = [levels.index(t) if t in levels else len(levels) for t in TEXTS]
    expected = {"y": table[codes], "code": np.array(codes)[:, None]}
    assert compare(builder.model(), {"t": np.array(TEXTS, object)[:, None]}, expected) == 0


def test_many_levels():
    levels = [f"level {i}" for i in range(20_000)]
    table = np.random.default_rng(0).normal(size=(20_001, 2)).astype(np.float32)
    builder = Builder()
    builder.output(emit_lookup(builder, builder.input("t", "string"), levels, table), "y", "float", 2)
    feeds = {"t": np.array([*levels[::50], "x"], object)[:, None]}
    assert compare(builder.model(), feeds, {"y": table[[*range(0, 20_000, 50), 20_000]]}, (None,)) == 0


def test_places_of_several_texts_lie_as_rows():
    builder = Builder()
    texts = [builder.input(name, "string") for name in ("s", "t")]
    levels = [["a", "b"], ["", "b", "c"]]
    made = emit_places(builder, texts, levels)
    assert emit_places(builder, texts, levels) == made
    builder.output(builder.node("Transpose", made), "codes", "int64", 2)
    feeds = {"s": np.array([["b"], ["c"], ["a"]], object), "t": np.array([[""], ["c"], ["?"]], object)}
    assert compare(builder.model(), feeds, {"codes": np.array([[1, 0], [2, 2], [0, 3]])}) == 0


def test_one_number_a_level():
    builder, table = Builder(), np.array([[0.5], [2.0], [-1.0]], np.float32)
    builder.output(emit_lookup(builder, builder.input("t", "string"), ["a", "b"], table), "y", "float", 1)
    feeds = {"t": np.array([["b"], ["a"], ["z"]], object)}
    assert compare(builder.model(), feeds, {"y": table[[1, 0, 2]]}) == 0
