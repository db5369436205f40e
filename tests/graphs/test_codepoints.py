"""Tables of code points say what Python says, for every character there is."""

import sys

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.codepoints import POINTS, emit_table, folded, wordy
from milepost.graphs.session import run, session


def answer(of, points):
    builder = Builder()
    builder.output(emit_table(builder, builder.input("p", "int64"), of), "found", "int64", 1)
    return run(session(builder.model()), {"p": np.asarray(points, np.int64).reshape(-1, 1)})["found"].ravel()


def test_all_characters():
    points = np.arange(POINTS)
    lowered = points + answer(folded, points)
    words = answer(wordy, points)
    for point in range(POINTS):
        character = chr(point)
        lower = character.lower()
        expected = 32 if character.isspace() or not point else ord(lower) if len(lower) == 1 else point
        assert lowered[point] == expected
        assert words[point] == (character.isalnum() or character == "_")
    assert sys.maxunicode + 1 == POINTS


def test_the_tables_are_small():
    builder = Builder()
    emit_table(builder, builder.input("p", "int64"), folded)
    emit_table(builder, builder.input("p", "int64"), wordy)
    assert sum(len(constant.raw_data) for constant in builder.constants) < 100_000
