"""A WordPiece tokenizer in a graph: greedy longest matches by hashes, without a loop."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, partial

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.characters import Line, emit_points
from milepost.graphs.codepoints import POINTS, emit_table
from milepost.graphs.ngrams import BASE, PAIR, PRIME, powers

HAN = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip
"""Characters that are words of their own."""
GONE = -POINTS
"""The distance of a character that vanishes."""
PARTS = 3
"""Characters that one may come apart into."""
LONG = 100
"""A word of more characters is unknown."""
DOUBLINGS = 7
"""So many doublings walk through the pieces of the longest word."""
SHIFT = 2**31
INNER = 7
"""What is added to the first hash of a piece within a word."""


@cache
def plain(character: str) -> str:
    """What BERT's normalizer makes of a character: no accents, no controls, lower case, one kind of space.

    Unlike NFD of a whole text it does not put marks in order, most of which are dropped here.

    >>> plain("É"), plain("\\n"), plain("\\u0301"), plain("각") == "\\u1100\\u1161\\u11a8"
    ('e', ' ', '', True)
    """
    if character in "\t\n\r":
        return " "
    if character in "\0\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs"):
        return ""
    if character.isspace():
        return " "
    bare = [one for one in unicodedata.normalize("NFD", character) if unicodedata.category(one) != "Mn"]
    return "".join(bare).lower()


def part(place: int, character: str) -> int:
    """One of the characters that a character comes apart into: the first by its distance, others themselves.

    `GONE` where there is no first one, 0 where there is no other.
    """
    apart = plain(character)
    if place:
        return ord(apart[place]) if place < len(apart) else 0
    return ord(apart[0]) - ord(character) if apart else GONE


def alone(character: str) -> int:
    """1 for what is a word of its own: punctuation, and Han characters.

    >>> [alone(one) for one in "a$東 "]
    [0, 1, 1, 0]
    """
    point = ord(character)
    ascii_mark = 33 <= point <= 47 or 58 <= point <= 64 or 91 <= point <= 96 or 123 <= point <= 126
    mark = ascii_mark or unicodedata.category(character).startswith("P")
    return int(mark or any(low <= point <= high for low, high in HAN))


_PARTS: tuple[Callable[[str], int], ...] = tuple(partial(part, place) for place in range(PARTS))


@cache
def key(piece: str, inner: bool) -> int:
    """What a piece is looked up by: two polynomial hashes side by side, 62 bits.

    Args:
        piece: its characters, without the mark of an inner one.
        inner: whether it continues a word.
    """
    points = [ord(one) for one in piece]
    first, second = (
        sum(point * pow(base, place, PRIME) for place, point in enumerate(points)) % PRIME
        for base in (BASE, PAIR)
    )
    return (first + INNER * inner) % PRIME * SHIFT + second


def emit_pieces(builder: Builder, data: str, vocabulary: Mapping[str, int], longest: int, most: int) -> str:
    """Adds a tokenizer as BERT's uncased one: tokens of texts between [CLS] and [SEP].

    Differs from it where a text spells a special token such as [SEP], for characters younger than the tables,
    and where marks would have to be put in order.

    Args:
        builder: the graph.
        data: UTF-8 bytes (rows, bytes), 0 beyond the end.
        vocabulary: places by piece; inner pieces begin with `##`.
        longest: bytes that are read.
        most: tokens of a text at most, [CLS] and [SEP] included.

    Returns:
        int64 (rows, tokens), 0 ([PAD]) beyond the end.
    """
    line = Line(builder)
    chars = _normalized(line, emit_points(builder, data, longest))
    words = Words(line, chars)
    matches = _matches(line, words, vocabulary, longest)
    emitted, token = _walk(line, words, *matches, unknown=vocabulary["[UNK]"])
    place = line.sums(builder.cast(emitted, "int64"))
    kept = line.both(emitted, line.op("LessOrEqual", place, most - 2))
    count = builder.node("ReduceMax", line.where(kept, place, 0), builder.const([1]), keepdims=1)
    width = builder.node("Add", builder.node("ReduceMax", count, keepdims=0), builder.const(np.int64(2)))
    width = builder.node("Unsqueeze", width, builder.const([0]))
    spread = line.scatter(kept, place, token, width)
    at = builder.node("Range", *_ends(line, width))
    spread = line.where(line.op("Equal", at, line.op("Add", count, 1)), vocabulary["[SEP]"], spread)
    return line.where(line.op("Equal", at, 0), vocabulary["[CLS]"], spread)


def _ends(line: Line, width: str) -> tuple[str, str, str]:
    zero, one = (line.builder.const(np.int64(value)) for value in (0, 1))
    return zero, line.builder.node("Squeeze", width, line.builder.const([0])), one


def _normalized(line: Line, points: str) -> str:
    """Characters as the vocabulary spells them, with spaces; at least four zeros at the end."""
    builder = line.builder
    first, *others = (emit_table(builder, points, of) for of in _PARTS)
    apart = [builder.node("Add", points, first), *others]
    there = [builder.cast(line.op("Greater", one, 0), "int64") for one in apart]
    count = builder.node("Add", builder.node("Add", there[0], there[1]), there[2])
    ends = line.sums(count)
    starts = line.op("Sub", ends, count)
    most = builder.node("ReduceMax", ends, keepdims=0)
    width = builder.node("Unsqueeze", line.op("Add", most, 4), builder.const([0]))
    found = [
        line.scatter(line.op("Greater", one, 0), line.op("Add", starts, 1 + place), one, width)
        for place, one in enumerate(apart)
    ]
    return builder.node("Add", builder.node("Add", found[0], found[1]), found[2])


class Words:
    """Where words begin and end in rows of characters, int64 (rows, places).

    Args:
        line: operations.
        chars: code points; 0 and 32 are between words.
    """

    def __init__(self, line: Line, chars: str) -> None:
        builder = line.builder
        self.chars = chars
        self.inside = line.op("Greater", chars, 32)
        single = line.both(self.inside, line.op("Equal", emit_table(builder, chars, alone), 1))
        kind = line.where(single, 2, builder.cast(self.inside, "int64"))
        before = line.cut(line.pad(kind, 1, 0), 0, -1)
        joined = line.both(line.op("Equal", kind, 1), line.op("Equal", before, 1))
        self.first = line.both(self.inside, builder.node("Not", joined))
        self.number = line.sums(builder.cast(self.first, "int64"))
        count = builder.node("ReduceMax", self.number, keepdims=0)
        self.room = builder.node("Unsqueeze", line.op("Add", count, 2), builder.const([0]))
        size = self.total(line, builder.cast(self.inside, "int64"))
        places = builder.node("Range", *_ends(line, line.shape(chars, 1)))
        self.places = builder.node("Expand", places, builder.node("Shape", chars))
        starts = line.scatter(self.first, self.number, self.places, self.room)
        self.size = self.of(line, size)
        self.end = builder.node("Add", self.of(line, starts), self.size)

    def total(self, line: Line, values: str) -> str:
        """Sums of values by word (rows, words + 2)."""
        empty = line.zeros(line.shape(self.chars, 0), self.room)
        masked = line.where(self.inside, values, 0)
        return line.builder.node("ScatterElements", empty, self.number, masked, axis=1, reduction="add")

    def of(self, line: Line, by_word: str) -> str:
        """Values of words at each of their places."""
        return line.builder.node("GatherElements", by_word, self.number, axis=1)


def _matches(line: Line, words: Words, vocabulary: Mapping[str, int], longest: int) -> tuple[str, str]:
    """The longest piece that begins at each place: its length, 0 where none does, and its token."""
    builder = line.builder
    keys: dict[int, int] = {}
    size = 1
    for piece, token in vocabulary.items():
        within = piece.startswith("##") and len(piece) > 2
        bare = piece[2:] if within else piece
        keys[key(bare, within)] = token
        size = max(size, len(bare))
    most = PARTS * (longest + 2) + size + 8
    count = line.shape(words.chars, 1)
    parts = []
    for base in (BASE, PAIR):
        up, down = (
            line.cut(builder.const(powers(one, most)), 0, count, 0) for one in (base, pow(base, -1, PRIME))
        )
        sums = line.sums(line.op("Mod", line.op("Mul", words.chars, up), PRIME))
        parts.append((line.pad(sums, 1, 0), down))
    inner = line.where(words.first, 0, INNER)
    last = line.op("Sub", builder.node("Squeeze", line.shape(parts[0][0], 1)), 1)
    starts = builder.node("Range", *_ends(line, count))
    rest = line.op("Sub", words.end, words.places)
    codes = []
    for length in range(1, size + 1):
        ends = builder.node("Min", line.op("Add", starts, length), last)
        hashes = []
        for sums, down in parts:
            total = line.op("Sub", builder.node("Gather", sums, ends, axis=1), line.cut(sums, 0, -1))
            hashes.append(line.op("Mod", line.op("Mul", line.op("Mod", total, PRIME), down), PRIME))
        first = line.op("Mod", line.op("Add", hashes[0], inner), PRIME)
        code = line.op("Add", line.op("Mul", first, SHIFT), hashes[1])
        fits = line.both(words.inside, line.op("GreaterOrEqual", rest, length))
        codes.append(line.where(fits, code, -1))
    every = builder.node(
        "LabelEncoder",
        builder.node("Concat", *codes, axis=1),
        domain="ai.onnx.ml",
        keys_int64s=list(keys),
        values_int64s=list(keys.values()),
        default_int64=-1,
    )
    split = builder.nodes_out("Split", [every], size, axis=1, num_outputs=size)
    reach = chosen = line.where(words.inside, 0, 0)
    for reached, found in enumerate(split, start=1):
        known = line.op("GreaterOrEqual", found, 0)
        reach, chosen = line.where(known, reached, reach), line.where(known, found, chosen)
    return reach, chosen


def _walk(line: Line, words: Words, reach: str, token: str, unknown: int) -> tuple[str, str]:
    """Which places begin a token, and which: pieces from a word's start on, or [UNK] for all of it."""
    builder = line.builder
    sink = line.op("Sub", builder.node("Squeeze", line.shape(words.chars, 1)), 1)
    ahead = builder.node("Add", words.places, reach)
    goes_on = line.both(line.op("Greater", reach, 0), builder.node("Less", ahead, words.end))
    jump = builder.node("Where", goes_on, ahead, sink)
    seen = builder.cast(words.first, "int64")
    empty = line.where(words.inside, 0, 0)
    for _ in range(DOUBLINGS):
        moved = builder.node("ScatterElements", empty, jump, seen, axis=1, reduction="add")
        seen = line.op("Min", builder.node("Add", seen, moved), 1)
        jump = builder.node("GatherElements", jump, jump, axis=1)
    seen_at = line.both(line.op("Equal", seen, 1), words.inside)
    stuck = line.both(seen_at, line.op("Equal", reach, 0))
    bad = words.of(line, words.total(line, builder.cast(stuck, "int64")))
    bad = builder.node("Or", line.op("Greater", bad, 0), line.op("Greater", words.size, LONG))
    whole = line.both(bad, words.first)
    emitted = builder.node("Or", whole, line.both(seen_at, builder.node("Not", bad)))
    return emitted, line.where(bad, unknown, token)
