"""Answers of frozen stages: computed once a value, kept on disk, right for every row."""

import time

import numpy as np
import polars as pl
import pytest

from milepost.modalities.base import Frozen
from milepost.modalities.kept import PART, TRIED, Kept


class Lengths(Frozen):
    """The number of bytes of a text, and twice that."""

    name = "lengths 1"
    width = 2

    def emit(self, builder, raw):
        there = builder.cast(builder.node("Greater", raw[0], builder.const(np.uint8(0))), "float")
        count = builder.node("ReduceSum", there, builder.const(np.int64([1])), keepdims=1)
        return builder.node("Concat", count, builder.node("Add", count, count), axis=1)


WORDS = pl.Series(["x" * (n % 700) for n in range(2000)] + [None])


def right(found):
    lengths = WORDS.fill_null("").str.len_bytes().to_numpy()
    return np.array_equal(found, np.column_stack([lengths, 2 * lengths]))


def test_each_value_goes_through_once_and_every_row_has_its_answer(tmp_path):
    told = []
    first = Kept(tmp_path, watch=lambda text, share: told.append(share))
    assert right(first.answers(Lengths(), WORDS, "bytes"))
    assert told[-1] == 1
    assert len(told) == -(-700 // PART)
    again = Kept(tmp_path, watch=lambda *_: told.append("again"))
    assert right(again.answers(Lengths(), WORDS, "bytes"))
    assert "again" not in told, "what lies on disk is not computed again"


def test_a_part_that_was_damaged_is_computed_again(tmp_path):
    Kept(tmp_path).answers(Lengths(), WORDS, "bytes")
    parts = sorted(tmp_path.rglob("*.npz"))
    parts[0].write_bytes(parts[0].read_bytes()[:100])
    parts[1].write_bytes(b"")
    assert right(Kept(tmp_path).answers(Lengths(), WORDS, "bytes"))


def test_without_a_folder_answers_are_kept_in_memory():
    kept = Kept()
    assert right(kept.answers(Lengths(), WORDS, "bytes"))
    assert right(kept.answers(Lengths(), WORDS[::-1], "bytes")[::-1])


class Slow(Lengths):
    """Takes a fifth of a millisecond a value."""

    name = "slow 1"

    def emit(self, builder, raw):
        wide = builder.node(
            "MatMul", super().emit(builder, raw), builder.const(np.ones((2, 4000), np.float32))
        )
        for _ in range(3):
            wide = builder.node("MatMul", wide, builder.const(np.full((4000, 4000), 1e-4, np.float32)))
        return builder.node("Slice", wide, *(builder.const(np.int64([n])) for n in (0, 2, 1)))


@pytest.mark.alone
def test_the_time_is_foretold_from_a_few_values_and_what_is_known_costs_nothing():
    kept, words = Kept(threads=1), pl.Series(["x" * n for n in range(400)])
    told = kept.forecast(Slow(), words, "bytes")
    assert kept.forecast(Slow(), words, "bytes") == pytest.approx(told, rel=3)
    start = time.monotonic()
    kept.answers(Slow(), words, "bytes")
    assert 0.2 < told / (time.monotonic() - start) < 5
    assert kept.forecast(Slow(), words, "bytes") == 0


def test_the_trial_is_part_of_the_answers():
    seen = []
    kept = Kept(watch=lambda text, share: seen.append(text))
    assert kept.forecast(Lengths(), WORDS, "bytes") > 0
    assert right(kept.answers(Lengths(), WORDS, "bytes"))
    assert seen[0].startswith(f"{TRIED} of {TRIED}")
    assert seen[-1].startswith(f"{701 - TRIED} of {701 - TRIED}"), "what was tried is not computed again"
    assert kept.forecast(Lengths(), WORDS, "bytes") == 0
