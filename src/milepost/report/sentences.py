"""Numbers into plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence

SURE = 1e-4
"""The p-value below which only this bound is told."""


def count(number: float) -> str:
    """Returns a count with thousands set apart.

    >>> count(336776), count(12)
    ('336,776', '12')
    """
    return f"{round(number):,}" if math.isfinite(number) else "not known"


def number(value: float, digits: int = 3) -> str:
    """Returns a number to significant digits, without needless noughts or exponents.

    >>> number(0.012345), number(1234.5), number(2.0), number(1.5e-9), number(float("nan"))
    ('0.0123', '1,234', '2', '1.5e-09', 'not known')
    """
    if not math.isfinite(value):
        return "not known"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -4 or size > 12:
        return f"{value:.{digits}g}"
    return _trimmed(value, max(0, digits - 1 - size))


def figure(value: float, beside: float = 0.0) -> str:
    """Returns a score to four decimals, and to fewer where it is large.

    Args:
        value: the score.
        beside: the largest score that it stands beside, so that both end at the same place.

    >>> figure(0.83127), figure(4.38159), figure(191.81512), figure(-41131.1402), figure(0.5, 300.0)
    ('0.8313', '4.3816', '191.82', '-41,131', '0.50')
    """
    if not math.isfinite(value):
        return "not known"
    largest = max(abs(value), abs(beside) if math.isfinite(beside) else 0.0, 1.0)
    return f"{value:,.{min(4, max(0, 4 - math.floor(math.log10(largest))))}f}"


def scored(value: float, low: float, high: float) -> str:
    """Returns a score with its interval.

    >>> scored(0.83127, 0.8, 0.86), scored(41131.1402, 38865.234, 43322.049)
    ('0.8313 (0.8000 to 0.8600)', '41,131 (38,865 to 43,322)')
    """
    most = max(abs(number) for number in (value, low, high, 0.0) if math.isfinite(number))
    return f"{figure(value, most)} ({figure(low, most)} to {figure(high, most)})"


def gained(value: float, low: float | None, high: float | None) -> str:
    """Returns a difference of scores with its sign, and with its interval where there is one.

    >>> gained(0.3133, 0.2582, 0.3684), gained(-12.3758, None, None)
    ('+0.3133 (+0.2582 to +0.3684)', '-12.376')
    """
    known = [value] if low is None or high is None else [value, low, high]
    first, *ends = (f"{'+' * (v >= 0)}{figure(v, max(map(abs, known)))}" for v in known)
    return f"{first} ({ends[0]} to {ends[1]})" if ends else first


def percent(share: float) -> str:
    """Returns a share in percent, finer near 0 and 100.

    >>> percent(0.723), percent(0.05), percent(0.00123), percent(0.99964), percent(1)
    ('72.3 %', '5 %', '0.12 %', '99.964 %', '100 %')
    """
    if not math.isfinite(share):
        return "not known"
    value = 100 * share
    edge = min(abs(value), abs(100 - value))
    places = 1 if edge >= 1 or edge == 0 else min(6, 1 - math.floor(math.log10(edge)))
    return f"{_trimmed(value, places)} %"


def chance(p: float) -> str:
    """Returns a p-value; far out its digits mean nothing.

    >>> chance(0.0391), chance(0.31), chance(1.4e-12), chance(0.0)
    ('p = 0.039', 'p = 0.31', 'p < 0.0001', 'p < 0.0001')
    """
    return f"p < {SURE:g}" if p < SURE else f"p = {number(p, 2)}"


def interval(value: float, low: float, high: float, *, share: bool = False) -> str:
    """Returns a value with its interval, all to the same place: two digits of the half-width.

    Args:
        value: the estimate.
        low, high: ends of its interval.
        share: the numbers are shares, to be shown in percent.

    >>> interval(0.7231, 0.7192, 0.7279, share=True)
    '72.3 % (71.9 to 72.8)'
    >>> interval(12.3456, 11.9, 12.8)
    '12.35 (11.90 to 12.80)'
    """
    if not all(map(math.isfinite, (value, low, high))):
        return percent(value) if share else number(value)
    if share:
        value, low, high = 100 * value, 100 * low, 100 * high
    half = (high - low) / 2
    digits = 1 if share else 2
    places = min(8, max(0, digits - 1 - math.floor(math.log10(half * (1 + 1e-9))))) if half > 0 else 2
    places = max(places, 1) if share else places
    unit = " %" if share else ""
    return f"{value:,.{places}f}{unit} ({low:,.{places}f} to {high:,.{places}f})"


def duration(seconds: float) -> str:
    """Returns a duration in its two largest units.

    >>> duration(200), duration(0.0042), duration(7322), duration(9.5), duration(90061)
    ('3 min 20 s', '4.2 ms', '2 h 2 min', '9.5 s', '1 d 1 h')
    """
    if not math.isfinite(seconds):
        return "not known"
    if seconds < 1:
        return f"{number(seconds * 1000, 2)} ms" if seconds > 0 else "0 s"
    if seconds < 59.5:
        return f"{_trimmed(seconds, 1 if seconds < 10 else 0)} s"
    total = round(seconds)
    for unit, size, small, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if total >= size:
            rest = (total % size) // part
            return f"{total // size} {unit}" + (f" {rest} {small}" if rest else "")
    return f"{total} s"


def size(number_of_bytes: float) -> str:
    """Returns a size in bytes with its unit, in powers of 1,000.

    >>> size(1_234_567), size(999), size(20_000)
    ('1.2 MB', '999 bytes', '20 kB')
    """
    value = float(number_of_bytes)
    if value < 1000:
        return f"{round(value)} bytes"
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            return f"{_trimmed(value, 1 if value < 10 else 0)} {unit}"
    raise AssertionError


def listed(words: Sequence[object], most: int = 0) -> str:
    """Returns words as a list in a sentence; beyond `most` (0: all) they are counted.

    >>> listed(["a", "b", "c"]), listed(["a"]), listed(list("abcde"), 2)
    ('a, b and c', 'a', 'a, b and 3 more')
    """
    names = [str(word) for word in words]
    if most and len(names) > most:
        names = [*names[:most], f"{len(names) - most} more"]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else "none"


def plural(number_of: float, one: str, many: str = "") -> str:
    """Returns a count with its noun.

    >>> plural(1, "row"), plural(1200, "row"), plural(2, "class", "classes")
    ('1 row', '1,200 rows', '2 classes')
    """
    return f"{count(number_of)} {one if number_of == 1 else many or one + 's'}"


def _trimmed(value: float, places: int) -> str:
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
