"""From columns of text to columns of numbers, moments, truth values or text; every liberty taken is noted."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from milepost.data import moments, numbers

_NONE = ("", "na", "n/a", "n.a.", "nan", "nat", "null", "none", "nil", "missing", "unknown", "undefined")
_SIGNS = ("?", "-", "--", ".", "..", "<na>", "#n/a", "#null!", "#value!", "#div/0!", "#ref!", "not available")
MISSING = frozenset((*_NONE, *_SIGNS, "0000-00-00", "0000-00-00 00:00:00"))
"""Words that mean 'no value' where the rest of a column are numbers or dates (compared in lower case)."""
ALWAYS_MISSING = frozenset({"", "?", "nan", "NaN", "<NA>", "#N/A", "null", "NULL"})
"""Words that mean 'no value' in any column of text."""
_NEARLY = 0.95


@dataclass(frozen=True)
class Typed:
    """A column with its type found: the values, sentences about it, and the missing-words it used."""

    series: pl.Series
    notes: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()


def typed(frame: pl.DataFrame, *, comma: bool = False, guess: bool = True) -> tuple[pl.DataFrame, list[str]]:
    """Gives each text column of a frame the type its values have; other columns pass unchanged.

    Args:
        frame: columns of text as a file without types holds them.
        comma: read a lone comma as the decimal sign.
        guess: look for numbers and truth values too; False for sources that have types of their own, where
            only ISO-like dates are looked for.

    Returns:
        The frame, and notes that begin with the column's name.
    """
    columns: dict[str, pl.Series] = {name: frame[name] for name in frame.columns}
    height, notes, words = frame.height, [], set[str]()
    del frame
    found: dict[str, Typed] = {}
    for name in list(columns):
        if columns[name].dtype == pl.String:
            found[name] = _column(columns.pop(name), comma, guess)
            words |= found[name].words
        else:
            found[name] = Typed(columns.pop(name))
    for name, result in found.items():
        if guess and result.series.dtype == pl.String:
            found[name] = result = _blank(result, words)
        notes += [f"'{name}': {note}." for note in result.notes]
    series = [result.series.alias(name) for name, result in found.items()]
    return pl.DataFrame(series, height=height), notes


def _column(series: pl.Series, comma: bool, guess: bool) -> Typed:
    if series.null_count() == len(series):
        return Typed(series, ("holds no value at all",) if len(series) else ())
    if not guess:
        return _dated(series, series.drop_nulls().unique(), frozenset()) or Typed(series)
    whole = series.cast(pl.Int64, strict=False)
    if whole.null_count() == series.null_count():
        return _whole(series, whole)
    real = series.cast(pl.Float64, strict=False)
    if real.null_count() == series.null_count():
        return _real(series, real)
    return _written(series, comma)


def _whole(series: pl.Series, whole: pl.Series) -> Typed:
    if bool(series.str.contains(r"^[+-]?0\d").any()):
        return Typed(series, ("has leading zeros, so it stays text",))
    name = series.name.casefold()
    if "date" in name and bool(whole.is_between(19000101, 21001231).all()):
        days = series.str.to_date("%Y%m%d", strict=False)
        if days.null_count() == series.null_count():
            return Typed(days, (f"'{series.drop_nulls()[0]}' is read as a date",))
    return Typed(whole)


def _real(series: pl.Series, real: pl.Series) -> Typed:
    if bool(series.str.contains(r"^[+-]?\d{19,}$").all()):
        return Typed(series, ("holds whole numbers of more than 18 digits, so it stays text",))
    return Typed(*finite(real))


def finite(series: pl.Series) -> tuple[pl.Series, tuple[str, ...]]:
    """Turns NaN and infinite numbers to null; infinite ones are noted."""
    if not series.dtype.is_float():
        return series, ()
    infinite = int(series.is_infinite().sum() or 0)
    frame = series.rename("v").to_frame()
    clean = frame.select(pl.when(pl.col("v").is_finite()).then(pl.col("v"))).to_series().alias(series.name)
    return clean, (f"{infinite} infinite value(s) were taken as missing",) if infinite else ()


def _written(series: pl.Series, comma: bool) -> Typed:
    """A column that is not plainly numbers: looks at its distinct stripped values."""
    stripped = series.str.strip_chars()
    counts = stripped.drop_nulls().value_counts(name="times")
    counts.columns = ["value", "times"]
    missing = counts["value"].str.to_lowercase().is_in(list(MISSING))
    gone = frozenset(counts["value"].filter(missing).to_list())
    values = counts["value"].filter(~missing)
    if values.is_empty():
        return Typed(
            pl.Series(series.name, [None] * len(series), pl.String), ("holds no value at all",), gone
        )
    for read in (_plain, lambda v: numbers.parse(v, comma)):
        number = read(values)
        if number is not None:
            note = (number[1],) if number[1] else ()
            clean, infinite = finite(_map(stripped, values, number[0]))
            return Typed(clean, (*note, *_said(gone, counts), *infinite), gone)
    truth = values.str.to_lowercase()
    if set(truth.head(10).to_list()) <= {"true", "false"} and bool(truth.is_in(["true", "false"]).all()):
        return Typed(_map(stripped, values, truth == "true"), _said(gone, counts), gone)
    dated = _dated(stripped, values, gone, _said(gone, counts))
    return dated or _text(series, stripped, counts.filter(~missing))


def _plain(values: pl.Series) -> tuple[pl.Series, str] | None:
    if bool(values.str.contains(r"^[+-]?0\d").any()):
        return None
    number = values.cast(pl.Float64, strict=False)
    if number.null_count():
        return None
    whole = values.cast(pl.Int64, strict=False)
    return (number if whole.null_count() else whole), ""


def _dated(
    series: pl.Series, values: pl.Series, gone: frozenset[str], said: tuple[str, ...] = ()
) -> Typed | None:
    if not moments.looks(values):
        return None
    read = moments.parse(values)
    if read is None:
        return None
    wrong = values.filter(read[0].is_null()).to_list()
    if len(wrong) > (1 - _NEARLY) * len(values):
        return None
    if wrong:
        note = f"looks like dates, but {_few(wrong)} cannot be one, so it stays text"
        return Typed(series, (note,))
    return Typed(_map(series, values, read[0]), (*read[1], *said), gone)


def _text(series: pl.Series, stripped: pl.Series, counts: pl.DataFrame) -> Typed:
    notes: tuple[str, ...] = ()
    number = counts["value"].cast(pl.Float64, strict=False)
    known = int(counts["times"].filter(number.is_not_null()).sum())
    if known >= _NEARLY * int(counts["times"].sum()):
        wrong = counts["value"].filter(number.is_null()).to_list()
        notes = (f"looks like numbers, but {_few(wrong)} is none, so it stays text; mend or empty it",)
    if bool(series.str.starts_with(" ").all()):
        return Typed(stripped, (*notes, "the space before every value was taken off"))
    return Typed(series, notes)


def _blank(result: Typed, words: set[str]) -> Typed:
    """Empties a text column's missing-words: the certain ones, and those the file's number columns use."""
    series = result.series
    gone = sorted(ALWAYS_MISSING | {word for word in words if word.casefold() in {"na", "n/a", "#n/a"}})
    hit = series.str.strip_chars().is_in(gone)
    count = int(hit.sum() or 0)
    if not count:
        return result
    used = [word for word in series.filter(hit).unique().sort().to_list() if word.strip()]
    frame = series.rename("v").to_frame().with_columns(hit.alias("h"))
    clean = frame.select(pl.when(~pl.col("h")).then(pl.col("v"))).to_series().alias(series.name)
    spoken = f"{count} value(s) ({_few(used)}) were taken as missing" if used else ""
    return Typed(clean, (*result.notes, *((spoken,) if spoken else ())))


def _said(gone: frozenset[str], counts: pl.DataFrame) -> tuple[str, ...]:
    words = sorted(word for word in gone if word)
    if not words:
        return ()
    times = counts.filter(pl.col("value").is_in(words))["times"].sum()
    return (f"{times} value(s) ({_few(words)}) were taken as missing",)


def _map(series: pl.Series, values: pl.Series, read: pl.Series) -> pl.Series:
    out = series.replace_strict(values, read, default=None, return_dtype=read.dtype)
    return out.alias(series.name)


def _few(words: list[str]) -> str:
    shown = ", ".join(f"'{word[:40]}'" for word in words[:3])
    return f"{shown} and {len(words) - 3} more" if len(words) > 3 else shown
