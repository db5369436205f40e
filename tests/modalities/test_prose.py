"""Plain numbers are counted right, and alike with and without the graph."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.modalities.doors import encode, padded
from milepost.modalities.prose import FAR, NAMES, Scale, prose


def graph(scale):
    builder = Builder()
    builder.output(scale.emit(builder, builder.input("t", "bytes")), "n", "float", len(NAMES))
    return session(builder.model())


PLAIN = Scale.fit([], "trees")
OPENED = graph(PLAIN)


def test_by_hand():
    (row,) = prose(["WIN £100 now!!  Ж".encode()])
    expected = [math.log(18), 4, 3 / 17, 3 / 17, 2 / 17, 2 / 17]
    np.testing.assert_allclose(row, expected, rtol=1e-6)
    assert prose([b""]).tolist() == [[0] * 6]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_the_same_bits(texts):
    rows = [encode(text) for text in texts]
    found = run(OPENED, {"t": padded(rows)})["n"]
    assert np.array_equal(found, PLAIN.of(rows))
    for text, row in zip(texts, prose(rows), strict=True):
        assert row[0] == np.float32(math.log(1 + len(text)))


def test_scaled_and_cut():
    texts = [b"word " * n for n in range(1, 200)] + [b"123456"]
    scale = Scale.fit(texts, "dense")
    numbers = scale.of(texts)
    np.testing.assert_allclose(numbers[:, 1].std(), 1, atol=0.05)
    assert numbers[-1, 3] == FAR, "digits alone are no lever"
    assert np.array_equal(run(graph(scale), {"t": padded(texts)})["n"], numbers)
