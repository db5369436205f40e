"""The hashes of n-grams in PyTorch, of one text, by operations that LiteRT has: for benchmarks/litert.py."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from milepost.graphs.codepoints import PAGE, POINTS, folded, table, wordy
from milepost.graphs.ngrams import BASE, PAIR, PRIME, SIZES, powers


def ascending(values: Any) -> Any:
    """Numbers in ascending order by a bitonic network (Batcher 1968), the largest repeated to a power of two.

    LiteRT has no sort, and its scatter does not add.
    """
    count = 1 << math.ceil(math.log2(len(values)))
    rows = torch.cat([values, values.amax().expand(count - len(values))])
    for size in (2**bit for bit in range(1, count.bit_length())):
        step = size // 2
        while step:
            pairs = rows.view(-1, 2, step)
            low, high = pairs.amin(1), pairs.amax(1)
            up = torch.arange(0, count, 2 * step)[:, None] & size == 0
            rows = torch.stack([torch.where(up, low, high), torch.where(up, high, low)], 1).reshape(count)
            step //= 2
    return rows


def below(values: Any, ordered: Any) -> Any:
    """The last place of ascending numbers that is not beyond each value, by halving, or 0."""
    place = torch.zeros_like(values)
    for step in (2**bit for bit in reversed(range(max(1, math.ceil(math.log2(len(ordered) + 1)))))):
        ahead = (place + step).clamp(max=len(ordered) - 1)
        place = torch.where(ordered[ahead] <= values, ahead, place)
    return place


def times(one: Any, other: Any) -> Any:
    """The product modulo `PRIME` of numbers below it, by doubling and adding.

    LiteRT's converter cuts products of 64 bits to 32 without a word; sums and remainders it leaves.
    """
    found = torch.zeros_like(one)
    for step in (2**bit for bit in reversed(range(31))):
        if isinstance(other, int):
            found = found + found + (one if other & step else 0)
        else:
            found = found + found + torch.where(other >= step, one, 0)
            other = torch.where(other >= step, other - step, other)
        found = found % PRIME
    return found


def of(function: Callable[[str], int], points: Any) -> Any:
    """A function of characters by its two tables."""
    places, pages = (torch.from_numpy(part.astype(np.int64)) for part in table(function))
    return pages[places[points // PAGE] * PAGE + points % PAGE]


def squeezed(flags: Any, values: Any, room: int) -> Any:
    """Values that have a flag, one after the other from place 1 on, and zeros: (room,)."""
    count = flags.long().cumsum(0)
    wanted = torch.arange(room)
    # The first place at which so many flags were seen comes after all places with fewer.
    place = (below(wanted - 1, count) + (count[0] <= wanted - 1)).clamp(max=len(values) - 1)
    return torch.where((wanted > 0) & (wanted <= count[-1]), values[place], 0)


def grams(raw: Any) -> tuple[Any, Any]:
    """The hashes of `milepost.graphs.ngrams` of bytes int64 (length,): of runs, and of words and pairs.

    Those of words begin at 0 here, since LiteRT chooses among numbers of 32 bits only.
    """
    raw = torch.cat([raw, torch.zeros(3, dtype=torch.int64)])
    one, two, three = (torch.cat([raw[k:], torch.zeros(k, dtype=torch.int64)]) % 64 for k in (1, 2, 3))
    point = torch.where(raw < 0xF0, (raw - 0xE0) * 4096 + one * 64 + two, 0)
    point = torch.where(raw < 0xF0, point, (raw - 0xF0) * 262_144 + (one * 64 + two) * 64 + three)
    point = torch.where(raw < 0xE0, (raw - 0xC0) * 64 + one, point)
    point = torch.where(raw < 0x80, raw, point).clamp(0, POINTS - 1)
    point = squeezed((raw < 0x80) | (raw >= 0xC0), point, len(raw) + 2)
    point = torch.cat([point, torch.zeros(max(SIZES) - 1, dtype=torch.int64)])
    chars = point + of(folded, point)
    space, size = (chars == 32).long(), len(chars)
    scaled = [times(chars, pow(BASE, k, PRIME)) for k in range(max(SIZES))]
    runs = []
    for length in SIZES:
        parts = [scaled[k][k : size - length + 1 + k] for k in range(length)]
        inner = range(1, length - 1) if length > 2 else range(2)
        gaps = sum(space[k : size - length + 1 + k] for k in inner)
        fine = gaps == 0 if length > 2 else gaps < 2
        runs.append(torch.where(fine, sum(parts) % PRIME, -1))
    return torch.cat(runs), words(chars)


def words(chars: Any) -> Any:
    """Hashes of words and of pairs of words."""
    count = len(chars)
    up, down = (torch.from_numpy(powers(base, count)) for base in (BASE, pow(BASE, -1, PRIME)))
    sums = times(chars, up).cumsum(0) % PRIME
    inside = of(wordy, chars) == 1
    off = torch.zeros(1, dtype=torch.bool)
    left, right = torch.cat([off, inside[:-1]]), torch.cat([inside[1:], off])
    first, last = inside & ~left & right, inside & left & ~right
    room = count // 3 + 2
    start = squeezed(first, torch.cat([torch.zeros(1, dtype=torch.int64), sums[:-1]]), room)
    end, back = squeezed(last, sums, room), squeezed(first, down, room)
    code = times((end - start) % PRIME, back)
    pair = (times(code[:-1], PAIR) + code[1:]) % PRIME
    joined = (back[:-1] > 0) & (back[1:] > 0)
    return torch.cat([torch.where(back > 0, code, -1), torch.where(joined, pair, -1)])
