"""Files of word vectors as text: word2vec's and GloVe's format and fastText's `.vec`, gzipped or not."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

from milepost.digest import Digest
from milepost.errors import InputError
from milepost.graphs.ngrams import lower, word_keys
from milepost.modalities import media
from milepost.modalities.base import Array

LINE = 2**20
"""Bytes of a line, at most."""
BATCH = 16_384
"""Words whose hashes are made together."""
LONG = 256
"""Characters of a word, at most."""
RATIO = 100
"""A gzipped file may unpack to so many times its size: text of numbers is a third to a half of that."""
HUGE = 1e30
MEND = "Mend the line, or fetch the file anew"
FORM = "A word and its numbers a line, separated by spaces, as word2vec, GloVe and fastText write as text."


@dataclass(frozen=True, eq=False)
class Table:
    """Vectors of the words that may count: those of the rows, and the first of the file.

    Args:
        keys: hashes of words, distinct, in the order of the file, int64 (words,).
        values: vectors in 8 bits, int8 (words, width).
        scale: what each is multiplied by, float32 (words,).
        first: so many of them are the first of the file; those after are here for the rows.
        lines: words in the file.
    """

    keys: Array
    values: Array
    scale: Array
    first: int
    lines: int

    def packed(self) -> bytes:
        """The table as bytes."""
        stream = io.BytesIO()
        counts = np.array([self.first, self.lines])
        np.savez(stream, keys=self.keys, values=self.values, scale=self.scale, counts=counts)
        return stream.getvalue()


@lru_cache(maxsize=4)
def table(name: Digest) -> Table:
    """A table whose bytes are known by a digest; a few are kept in this process.

    Raises:
        InputError: the bytes are nowhere.
    """
    with np.load(io.BytesIO(media.fetch(name))) as parts:
        return Table(parts["keys"], parts["values"], parts["scale"], *parts["counts"].tolist())


def read(path: Path, wanted: Array, most: int) -> Table:
    """Reads the vectors of some words and of the file's first ones; the rest is counted and passed over.

    Words are put into lower case; of words that become one the first counts. What is not one word of two or
    more letters, digits and underscores is never looked up, and left out.

    Args:
        path: the file.
        wanted: hashes of words that are kept wherever they stand, int64.
        most: how many of the file's first words are kept beside them.

    Raises:
        InputError: the file is missing, no text, cut off, or not of vectors of one length; with the line.
    """
    if not path.is_file():
        raise InputError(f"there is no file '{path}'.", todo="Put it there, or name another.")
    try:
        with path.open("rb") as raw:
            return _read(_lines(raw, path), path, wanted, most)
    except (OSError, EOFError, zlib.error) as problem:
        raise InputError(
            f"'{path.name}' cannot be read: {problem}.", todo="Fetch it anew; it may be cut off."
        ) from problem


def _lines(raw: BinaryIO, path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty, with their numbers from 1 on."""
    zipped = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    stream: BinaryIO = gzip.GzipFile(fileobj=raw) if zipped else raw  # type: ignore[assignment]
    allowed, passed = RATIO * path.stat().st_size + LINE, 0
    for number in range(1, 2**62):
        line = stream.readline(LINE + 1)
        passed += len(line)
        if not line:
            return
        if b"\0" in line or len(line) > LINE:
            raise _refusal(path, number, "is no text", "Save the vectors as text; binary files are not read")
        if zipped and passed > allowed:
            raise _refusal(path, number, f"lies beyond {RATIO} times the file's size", "Unpack it yourself")
        if line := line.rstrip():
            yield number, line


def _read(lines: Iterator[tuple[int, bytes]], path: Path, wanted: Array, most: int) -> Table:
    number, first = next(lines, (0, b""))
    if not number:
        raise InputError(f"'{path.name}' is empty.", expected=FORM, todo="Name a file with word vectors.")
    fields = first.split()
    promised = int(fields[0]) if len(fields) == 2 and all(one.isdigit() for one in fields) else None
    width = int(fields[1]) if promised is not None else len(fields) - 1
    if width < 1:
        raise _refusal(path, number, "leaves a word no numbers", "Name a file with word vectors")
    kept = _Kept(path, width, np.sort(wanted), most)
    count = 0
    if promised is None:
        count += 1
        kept.take(number, first)
    for number, line in lines:
        count += 1
        kept.take(number, line)
    if promised is not None and count < promised:
        raise InputError(
            f"'{path.name}' ends after {count:,} of the {promised:,} words that its first line promises.",
            todo="Fetch it anew; it is cut off.",
        )
    return kept.table(count)


class _Kept:
    """The words that are kept while a file is read.

    Args:
        path: the file, for what is said of it.
        width: numbers a vector.
        wanted: hashes of words that are kept wherever they stand, ascending.
        most: how many of the first words are kept.
    """

    def __init__(self, path: Path, width: int, wanted: Array, most: int) -> None:
        self.path, self.width, self.wanted, self.most = path, width, wanted, most
        self.places: dict[int, int] = {}
        self.first = 0
        self.values: list[Array] = []
        self.scale: list[float] = []
        self._waiting: list[tuple[int, str, bytes]] = []

    def take(self, number: int, line: bytes) -> None:
        """Takes a line: a word, and as many numbers as every line has.

        Some files have words with spaces in them; no text has such a word, so that they are passed over.
        """
        word = line.split(b" ", 1)[0]
        if line.count(b" ") != self.width:
            word, *numbers = line.rsplit(None, self.width)
            pieces = word.split()
            if len(numbers) != self.width or (len(pieces) > 1 and _is_number(pieces[-1])):
                raise self._ragged(number, line)
            if len(pieces) > 1:
                return
        plain = lower(word.decode("utf-8", "replace"))
        if plain and len(plain) <= LONG:
            self._waiting.append((number, plain, line))
            if len(self._waiting) == BATCH:
                self._settle()

    def table(self, lines: int) -> Table:
        """What was kept.

        Raises:
            InputError: no line has a word.
        """
        self._settle()
        if not self.places:
            raise InputError(
                f"'{self.path.name}' has {lines:,} lines and no word of two letters or more.", expected=FORM
            )
        keys, scale = np.array(list(self.places), np.int64), np.array(self.scale, np.float32)
        return Table(keys, np.stack(self.values), scale, self.first, lines)

    def _settle(self) -> None:
        keys = word_keys([word for _, word, _ in self._waiting])
        asked = np.zeros(len(keys), bool)
        if len(self.wanted):
            places = np.searchsorted(self.wanted, keys).clip(0, len(self.wanted) - 1)
            asked = self.wanted[places] == keys
        for key, needed, (number, _, line) in zip(keys.tolist(), asked, self._waiting, strict=True):
            if key in self.places or not (needed or self.first < self.most):
                continue
            self.first += self.first < self.most
            self.places[key] = len(self.places)
            self._keep(number, line)
        self._waiting = []

    def _keep(self, number: int, line: bytes) -> None:
        try:
            vector = np.array([float(one) for one in line.split()[1:]])
        except ValueError:
            raise _refusal(self.path, number, "holds something else than numbers", MEND) from None
        if len(vector) != self.width:
            raise self._ragged(number, line)
        if not bool((np.abs(vector) < HUGE).all()):
            raise _refusal(self.path, number, "holds NaN or an infinite number", MEND)
        scale = float(np.abs(vector).max()) / 127 or 1.0
        self.values.append(np.rint(vector / scale).astype(np.int8))
        self.scale.append(scale)

    def _ragged(self, number: int, line: bytes) -> InputError:
        have = len(line.split()) - 1
        return _refusal(self.path, number, f"has {have} numbers where {self.width} are expected", MEND)


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _refusal(path: Path, number: int, what: str, todo: str) -> InputError:
    return InputError(f"line {number:,} of '{path.name}' {what}.", expected=FORM, todo=f"{todo}.")


def shares(found: Table, keys: Array, counts: Array) -> tuple[float, float]:
    """The share of the words of rows that have a vector: as often as they occur, and of distinct ones.

    Args:
        found: the vectors.
        keys: hashes of the distinct words of rows, int64 (words,).
        counts: how often each occurs (words,).
    """
    known = np.isin(keys, found.keys)
    return float(counts[known].sum() / max(counts.sum(), 1)), float(known.sum() / max(len(keys), 1))
