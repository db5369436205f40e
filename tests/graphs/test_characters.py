"""Bytes become the characters they stand for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.graphs.builder import Builder
from milepost.graphs.characters import emit_points
from milepost.graphs.session import run, session
from milepost.modalities.base import utf8


def decoder(longest):
    builder = Builder()
    builder.output(emit_points(builder, builder.input("t", "bytes"), longest), "p", "int64", 0)
    return session(builder.model())


OPENED = decoder(4096)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@given(st.lists(TEXT, min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_any_text(texts):
    points = run(OPENED, {"t": utf8(texts)})["p"]
    assert points.shape[1] == 2 + max(len(text) for text in texts)
    for row, text in zip(points, texts, strict=True):
        assert row[0] == 0
        assert "".join(map(chr, row[1 : 1 + len(text)])) == text
        assert not row[1 + len(text) :].any()


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_text_is_cut_at_bytes(cut):
    points = run(decoder(cut), {"t": utf8(["a🚀b"])})["p"]
    assert points[0, 1] == ord("a")
    assert points.shape[1] == (4 if cut == 3 else 3)


def test_bytes_that_are_no_text_are_no_error():
    wild = np.random.default_rng(0).integers(0, 256, (50, 40)).astype(np.uint8)
    points = run(OPENED, {"t": wild})["p"]
    assert points.min() >= 0
    assert points.max() < 0x110000
    assert run(OPENED, {"t": np.zeros((2, 7), np.uint8)})["p"].tolist() == [[0, 0]] * 2
