"""Results of `tables.py` as a CSV file: what one machine has run stands there for whoever runs the rest."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Line = dict[str, Any]
MARKS = ("table", "contender", "budget", "seed")
WORDS = ("metric", "error")
COUNTS = ("seed", "rows", "columns", "bytes", "memory", "small_bytes")
FIELDS = (
    *MARKS, "rows", "columns", "metric", "score", "z", "fit_seconds", "cpu_seconds", "row_ms",
    "rows_per_second", "bytes", "memory", "expected", "low", "high", "sealed", "noise", "naive",
    "small_bytes", "small_share", "error",
)  # fmt: skip
"""z: milepost's gain over the contender in paired standard errors. From "expected" on only of milepost: what
it promised for its own sealed rows, what came, the standard error of that, the score on rows that chose; then
the bytes of the small point of the frontier and the share of the gain that it gives up on the sealed rows."""


def recorded(path: Path) -> dict[str, list[Line]]:
    """The lines of a file, by table; none where there is no file."""
    found: dict[str, list[Line]] = {}
    if path.exists():
        with path.open(newline="", encoding="utf-8") as source:
            for row in csv.DictReader(source):
                line = {name: _value(name, text) for name, text in row.items() if text != ""}
                found.setdefault(line["table"], []).append(line)
    return found


def record(path: Path, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Writes the lines in the order of their marks."""
    lines = sorted((line for some in found.values() for line in some), key=_mark)
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, FIELDS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _text(value) for name, value in line.items()} for line in lines)


def joined(old: Mapping[str, Sequence[Line]], new: Mapping[str, Sequence[Line]]) -> dict[str, list[Line]]:
    """Lines of both; of the same contender, table, budget and seed the new one."""
    both = {_mark(line): line for some in (old, new) for lines in some.values() for line in lines}
    found: dict[str, list[Line]] = {}
    for line in both.values():
        found.setdefault(line["table"], []).append(line)
    return found


def _mark(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(line[name] for name in MARKS)


def _value(name: str, text: str) -> Any:
    if name in WORDS or name in MARKS[:2]:
        return text
    return int(float(text)) if name in COUNTS else float(text)


def _text(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6g}"
    return value.strip().splitlines()[-1][:160] if isinstance(value, str) and value.strip() else value
