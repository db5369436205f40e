"""Text finds its row."""

import numpy as np
import pytest

from milepost.graphs.builder import Builder
from milepost.graphs.compare import compare
from milepost.graphs.lookup import emit_codes, emit_lookup

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
