"""Wide doors: bytes of texts as they are, every row once, never more in memory than is said."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.errors import EnvironmentProblem
from milepost.modalities import doors


@given(st.text(max_size=50))
def test_a_text_is_its_utf8_and_never_holds_a_zero(text):
    found = doors.encode(text)
    assert b"\0" not in found
    assert found.decode() == text.replace("\0", " ")


def test_no_normal_form_is_made_and_the_cut_is_at_a_whole_character():
    composed, apart = "é", unicodedata.normalize("NFD", "é")
    assert doors.encode(composed) != doors.encode(apart) == b"e\xcc\x81"
    cut = doors.encode("€" * 10_000)
    assert len(cut) == doors.TEXT_BYTES // 3 * 3
    assert cut.decode() == "€" * (doors.TEXT_BYTES // 3)
    assert doors.encode("a\ud800b") == b"a?b"
    with pytest.raises(UnicodeEncodeError):
        doors.encode("\ud800", "strict")


def test_padding():
    assert doors.padded([]).shape == (0, 1)
    assert doors.utf8(["", ""]).tolist() == [[0], [0]]
    assert doors.utf8(["ab", "€"]).tolist() == [[97, 98, 0], [0xE2, 0x82, 0xAC]]


def test_every_row_comes_once_beside_the_values_of_the_other_columns():
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 4, (300, 2))
    texts = ["x" * n for n in rng.integers(0, 90, 300)]
    columns = {
        "p": doors.Column("pixels", sizes.tolist(), lambda s: np.full((*s, 3), s[0], np.uint8)),
        "t": doors.Column("bytes", texts, doors.encode),
    }
    seen = np.zeros(300, int)
    for places, tensors in doors.together(columns):
        assert len(places) <= doors.CHUNK["pixels"]
        seen[places] += 1
        for place, picture, text in zip(places, tensors["p"], tensors["t"], strict=True):
            assert picture.shape[:2] == tuple(sizes[place])
            assert (picture == sizes[place][0]).all()
            assert (text > 0).sum() == len(texts[place])
    assert (seen == 1).all()


def test_large_values_are_not_held_together():
    side = 2_000
    column = doors.Column("pixels", range(40), lambda _: np.zeros((side, side, 3), np.uint8))
    sizes = [tensors["p"].nbytes for _, tensors in doors.together({"p": column})]
    assert max(sizes) <= doors.CELLS["pixels"]
    assert sum(sizes) == 40 * side * side * 3


def test_long_texts_fill_no_more_than_a_tensor_may():
    texts = ["x" * 16_384] * 400 + ["y"] * 100
    shapes = [t["t"].shape for _, t in doors.together({"t": doors.Column("bytes", texts, doors.encode)})]
    assert sum(rows for rows, _ in shapes) == 500
    assert all(rows * width <= doors.CELLS["bytes"] for rows, width in shapes)


def test_nothing_comes_of_no_rows():
    assert list(doors.together({"t": doors.Column("bytes", [], doors.encode)})) == []


def test_a_decoder_that_is_nowhere_is_named(monkeypatch):
    monkeypatch.setitem(doors.HOMES, "wave", "milepost.modalities.nowhere")
    monkeypatch.delitem(doors.decoders, "wave", raising=False)
    assert doors.decode(None, "wave").tolist() == [16_000, 0]
    with pytest.raises(EnvironmentProblem, match="no decoder for 'wave'"):
        doors.decode(b"RIFF", "wave")
