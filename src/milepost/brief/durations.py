"""Durations as people write them: 90, "90s", "2m", "1h30m", "2d"."""

from __future__ import annotations

import math
import re

from milepost.errors import UsageError

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h|d|w)\s*")


def seconds(text: str | float) -> float:
    """Returns a duration in seconds; a bare number is seconds already.

    Units are ms, s, m (minutes), h, d and w, and may be combined.

    Raises:
        UsageError: the text is no duration, or it is negative or not finite.

    >>> seconds("120s"), seconds("2m"), seconds("1h30m"), seconds(45)
    (120.0, 120.0, 5400.0, 45.0)
    """
    value = text if isinstance(text, int | float) else _parse(text)
    if isinstance(value, bool) or value is None or not math.isfinite(value) or value < 0:
        raise UsageError(
            f"{text!r} is no duration.",
            expected="A number of seconds, or a number with a unit: 120s, 2m, 1h30m, 2d.",
        )
    return float(value)


def _parse(text: str) -> float | None:
    folded = text.strip().lower()
    parts = _PART.findall(folded)
    if parts and _PART.sub("", folded) == "":
        return math.fsum(float(number) * UNITS[unit] for number, unit in parts)
    try:
        return float(folded)
    except ValueError:
        return None


def spell(duration: float) -> str:
    """Returns seconds as the shortest text that `seconds` reads back.

    >>> spell(5400), spell(90), spell(0.25)
    ('90m', '90s', '0.25s')
    """
    for unit in ("w", "d", "h", "m"):
        if duration and duration % UNITS[unit] == 0:
            return f"{int(duration / UNITS[unit])}{unit}"
    short = f"{duration:g}" if float(f"{duration:g}") == duration else repr(duration)
    return short if "e" in short else f"{short}s"
