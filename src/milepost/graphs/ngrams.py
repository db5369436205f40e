"""Words, pairs of words and runs of characters as hashes, in a graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.characters import Line, emit_points
from milepost.graphs.codepoints import emit_table, folded, wordy

PRIME = 2**31 - 1
BASE, PAIR = 1_486_025_977, 1_203_517_549
SIZES = (2, 3, 4, 5)
"""Lengths of the runs of characters."""
WORDS = 2**31
"""Hashes of words and of pairs of words begin here; those of runs of characters lie below."""
NONE = -1


def powers(base: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """1, base, base^2, ... modulo `PRIME`, int64 (count,)."""
    found = [1]
    for _ in range(count - 1):
        found.append(found[-1] * base % PRIME)
    return np.array(found[:count], np.int64)


def emit_hashes(builder: Builder, data: str, longest: int) -> str:
    """Adds the hashes of a text's n-grams, lower-cased: runs of 2 to 5 characters, words, pairs of words.

    Runs stay within a word with a space on either side, as scikit-learn's `char_wb` has them; words are two
    or more letters, digits or underscores; pairs are neighbours among those words. Polynomial hashes modulo
    2^31 - 1 by prefix sums (Karp & Rabin 1987), so that no product exceeds 63 bits.

    Args:
        builder: the graph.
        data: UTF-8 bytes, whole numbers (rows, bytes), 0 beyond the end.
        longest: bytes that are read.

    Returns:
        int64 (rows, places): a hash for each n-gram as often as it occurs, -1 where there is none.
    """
    return builder.once(("n-grams", data, longest), lambda: _hashes(builder, data, longest))


def emit_words(builder: Builder, data: str, longest: int) -> str:
    """Adds the hashes of a text's words alone, as `emit_hashes` has them, in their order.

    Args:
        builder: the graph.
        data: UTF-8 bytes, whole numbers (rows, bytes), 0 beyond the end.
        longest: bytes that are read.

    Returns:
        int64 (rows, places): a hash for each word as often as it occurs, -1 where there is none.
    """

    def singles() -> str:
        code, back = _words(builder, data, longest)
        line = Line(builder)
        return line.where(line.op("Greater", back, 0), line.op("Add", code, WORDS), NONE)

    return builder.once(("word hashes", data, longest), singles)


def word_keys(words: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The hashes that `emit_words` gives words, int64 (words,), of words as `lower` leaves them.

    >>> len(set(word_keys(["tea", "eat", "ate"]).tolist()))
    3
    """
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    if not len(words):
        return lengths
    points = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    within = np.arange(len(points)) - np.repeat(starts, lengths)
    terms = points * powers(BASE, int(lengths.max()))[within] % PRIME
    return np.asarray(np.add.reduceat(terms, starts) % PRIME + WORDS)


def lower(word: str) -> str:
    """A word as `emit_words` reads it, or "" where it is not one word of two characters or more.

    >>> lower("Ärger"), lower("don't"), lower("a")
    ('ärger', '', '')
    """
    plain = word.lower() if word.isascii() else "".join(chr(ord(one) + folded(one)) for one in word)
    return plain if len(plain) > 1 and plain.replace("_", "0").isalnum() else ""


def _points(builder: Builder, data: str, longest: int) -> tuple[str, str, str]:
    """Characters in lower case, sums of their terms before each place, and what moves a sum to the first."""

    def made() -> tuple[str, str, str]:
        line = Line(builder)
        points = line.pad(emit_points(builder, data, longest), 0, max(SIZES) - 1)
        chars = builder.node("Add", points, emit_table(builder, points, folded))
        count = line.shape(chars, 1)
        most = longest + 1 + max(SIZES)
        up, down = (
            line.cut(builder.const(powers(base, most)), 0, count, axis=0)
            for base in (BASE, pow(BASE, -1, PRIME))
        )
        terms = line.op("Mod", line.op("Mul", chars, up), PRIME)
        return chars, line.pad(line.sums(terms), 1, 0), down

    return builder.once(("characters", data, longest), made)


def _hashes(builder: Builder, data: str, longest: int) -> str:
    line = Line(builder)
    chars, sums, down = _points(builder, data, longest)
    spaces = line.pad(line.sums(builder.cast(line.op("Equal", chars, 32), "int64")), 1, 0)
    runs = [_runs(line, size, sums, spaces, down) for size in SIZES]
    words = emit_words(builder, data, longest)
    pairs = _pairs(line, *_words(builder, data, longest))
    return builder.node("Concat", *runs, words, pairs, axis=1)


def _runs(line: Line, size: int, sums: str, spaces: str, down: str) -> str:
    """Hashes of the runs of so many characters that hold a space at their ends only, if at all.

    Args:
        line: operations.
        size: characters a run.
        sums: sums of the characters' terms before each place (rows, places + 1).
        spaces: the number of spaces before each place (rows, places + 1).
        down: what moves a run's sum to the first place (places,).
    """
    total = line.op("Sub", line.cut(sums, size), line.cut(sums, 0, -size))
    code = line.op("Mod", line.op("Mul", line.op("Mod", total, PRIME), line.cut(down, 0, 1 - size, 0)), PRIME)
    if size == 2:
        gaps = line.op("Sub", line.cut(spaces, 2), line.cut(spaces, 0, -2))
        return line.where(line.op("Less", gaps, 2), code, NONE)
    gaps = line.op("Sub", line.cut(spaces, size - 1, -1), line.cut(spaces, 1, 1 - size))
    return line.where(line.op("Equal", gaps, 0), code, NONE)


def _words(builder: Builder, data: str, longest: int) -> tuple[str, str]:
    """Hashes of words of two characters or more, in order; and what is 0 where there is no word."""

    def made() -> tuple[str, str]:
        line = Line(builder)
        chars, sums, down = _points(builder, data, longest)
        inside = line.op("Equal", emit_table(builder, chars, wordy), 1)
        flags = builder.cast(inside, "int64")
        left = line.op("Equal", line.cut(line.pad(flags, 1, 0), 0, -1), 1)
        right = line.op("Equal", line.cut(line.pad(flags, 0, 1), 1), 1)
        first = line.both(inside, builder.node("Not", left), right)
        last = line.both(inside, left, builder.node("Not", right))
        # Two characters and a gap make a word at least.
        room = line.op("Add", line.op("Div", line.shape(chars, 1), 3), builder.const(np.array([2], np.int64)))
        opens, closes = (line.sums(builder.cast(flag, "int64")) for flag in (first, last))
        start = line.scatter(first, opens, line.cut(sums, 0, -1), room)
        end = line.scatter(last, closes, line.cut(sums, 1), room)
        back = line.scatter(first, opens, builder.node("Expand", down, builder.node("Shape", chars)), room)
        total = line.op("Mod", line.op("Sub", end, start), PRIME)
        return line.op("Mod", line.op("Mul", total, back), PRIME), back

    return builder.once(("words", data, longest), made)


def _pairs(line: Line, code: str, back: str) -> str:
    """Hashes of pairs of neighbouring words."""
    pair = line.op(
        "Mod", line.op("Add", line.op("Mul", line.cut(code, 0, -1), PAIR), line.cut(code, 1)), PRIME
    )
    joined = line.both(*(line.op("Greater", line.cut(back, *ends), 0) for ends in ((0, -1), (1,))))
    return line.where(joined, line.op("Add", pair, WORDS), NONE)
