"""Dates and times as people write them, brought to naive UTC."""

from __future__ import annotations

import polars as pl

_ZONE = r"(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
_TIME = rf"(?:[ T,]+(\d{{1,2}}):(\d{{2}})(?::(\d{{2}}(?:[.,]\d+)?))?\s*([AaPp][Mm])?\s*{_ZONE}?)?"
_ISO = rf"^(\d{{4}})([-/.])(\d{{1,2}})[-/.](\d{{1,2}}){_TIME}$"
_LOCAL = rf"^(\d{{1,2}})([-/.])(\d{{1,2}})[-/.](\d{{4}}){_TIME}$"
_SHORT = rf"^(\d{{1,2}})(/)(\d{{1,2}})/(\d{{2}}){_TIME}$"
_DAY_NAME = rf"^(\d{{1,2}})([ -])([A-Za-z]{{3,9}})[ -](\d{{4}}){_TIME}$"
_NAME_DAY = rf"^([A-Za-z]{{3,9}})( )(\d{{1,2}}),? (\d{{4}}){_TIME}$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SAMPLE = 50
PER_SECOND = {"ms": 1e3, "us": 1e6, "ns": 1e9}
_FIRST, _LAST = -62_135_596_800, 253_402_214_400
"""Seconds from 1970 to the first day of the year 1, and to the last day of the year 9999."""


def within(series: pl.Series) -> tuple[pl.Series, tuple[str, ...]]:
    """Returns dates or moments with those beyond the calendar (years 1 to 9999) missing, and a note on these.

    >>> within(pl.Series([0, 2**40]).cast(pl.Datetime("ms")))[1]
    ()
    """
    kind = series.dtype
    rate = PER_SECOND[kind.time_unit] if isinstance(kind, pl.Datetime) else 1 / 86_400
    inside = series.to_physical().is_between(_FIRST * rate, _LAST * rate)
    far = int((~inside).sum() or 0)
    if not far:
        return series, ()
    frame = series.rename("v").to_frame().with_columns(inside.alias("in"))
    near = frame.select(pl.when("in").then(pl.col("v"))).to_series().alias(series.name)
    return near, (f"{far} value(s) outside the years 1 to 9999 were taken as missing",)


def looks(values: pl.Series) -> bool:
    """True where most of a few of the values have the shape of a date."""
    head = values.head(_SAMPLE)
    return any(head.str.contains(p).mean() or 0 for p in (_ISO, _LOCAL, _SHORT, _DAY_NAME, _NAME_DAY))


def parse(values: pl.Series) -> tuple[pl.Series, tuple[str, ...]] | None:
    """Reads distinct texts as dates (no value has a time) or moments; None where they have no such shape.

    Values that are no dates, as 2013-02-30, come back as null; the caller decides what that means.

    Args:
        values: distinct stripped texts without null.

    Returns:
        Date, or naive Datetime in microseconds (UTC where zones were given), and sentences about the reading.

    >>> parse(pl.Series(["2013-01-05T10:00:00+02:00"]))[0].to_list()
    [datetime.datetime(2013, 1, 5, 8, 0)]
    """
    plain = _plain(values)
    if plain is not None:
        return plain, ()
    for pattern, order in ((_ISO, "ymd"), (_LOCAL, ""), (_SHORT, ""), (_DAY_NAME, "dby"), (_NAME_DAY, "bdy")):
        share = values.str.contains(pattern).mean()
        if isinstance(share, float) and share >= 0.95:
            parts = values.str.extract_groups(pattern).struct.unnest()
            parts.columns = ["a", "mark", "b", "c", "hour", "minute", "second", "half", "zone"]
            return _assemble(parts, order, pattern == _SHORT)
    return None


def _plain(values: pl.Series) -> pl.Series | None:
    """The common ISO forms without zones, read at once: regular expressions are slow on a million values."""
    if not values.head(_SAMPLE).str.contains(_ISO).all():
        return None
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"):
        kind = pl.Date() if form == "%Y-%m-%d" else pl.Datetime("us")
        if values.head(_SAMPLE).str.strptime(kind, form, strict=False).null_count() == 0:
            read = values.str.strptime(kind, form, strict=False)
            return None if read.null_count() else read
    return None


def _assemble(parts: pl.DataFrame, order: str, short: bool) -> tuple[pl.Series, tuple[str, ...]] | None:
    notes: list[str] = []
    if not order:
        found = _local_order(parts)
        if found is None:
            return None
        order, sure = found
        if not sure:
            spoken = "day before month" if order == "dmy" else "month before day"
            notes.append(f"which is day and which is month cannot be told: read as {spoken}")
    by = dict(zip(order.replace("b", "m"), ("a", "b", "c"), strict=True))
    year, month, day = (pl.col(by[unit]) for unit in "ymd")
    if "b" in order:
        numbers = [str(i) for i in range(1, 13)]
        month = month.str.to_lowercase().str.slice(0, 3).replace_strict(_MONTHS, numbers, default=None)
    if short:
        two = year.cast(pl.Int32)
        year = (two + pl.when(two > 68).then(1900).otherwise(2000)).cast(pl.String)
        notes.append("years of two digits are read as 1969 to 2068")
    date = pl.format("{}-{}-{}", year, month, day)
    timed = parts["hour"].is_not_null().any()
    if not timed:
        return parts.select(date.str.to_date("%Y-%m-%d", strict=False)).to_series(), tuple(notes)
    moment = pl.format("{} {}:{}:{}", date, _hour(), pl.col("minute").fill_null("0"), _second())
    local = moment.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    zones = parts["zone"].is_not_null()
    if zones.any():
        kinds = parts["zone"].drop_nulls().n_unique()
        missing = "; those without a zone were taken as UTC" if not zones.all() else ""
        notes.append(f"moments with a zone ({kinds} kind(s)) were turned to UTC{missing}")
    near, far = within(parts.select(local - _offset()).to_series())
    return near, (*notes, *far)


def _local_order(parts: pl.DataFrame) -> tuple[str, bool] | None:
    """Day or month first, and whether a value beyond 12 proves it; None where both are beyond 12."""
    first = parts["a"].cast(pl.Int32).max()
    second = parts["b"].cast(pl.Int32).max()
    day_first, month_first = _beyond(first), _beyond(second)
    if day_first and month_first:
        return None
    if day_first or month_first:
        return ("dmy" if day_first else "mdy"), True
    return ("mdy", False) if parts["mark"][0] == "/" else ("dmy", parts["mark"][0] == ".")


def _beyond(value: object) -> bool:
    return isinstance(value, int) and value > 12


def _hour() -> pl.Expr:
    hour = pl.col("hour").cast(pl.Int32).fill_null(0)
    half = pl.col("half").str.to_lowercase()
    clock = pl.when(half == "pm").then(hour % 12 + 12).when(half == "am").then(hour % 12).otherwise(hour)
    return clock.cast(pl.String)


def _second() -> pl.Expr:
    return pl.col("second").fill_null("0").str.replace(",", ".", literal=True)


def _offset() -> pl.Expr:
    zone = pl.col("zone").str.replace_all(":", "").str.replace("^(?:Z|UTC|GMT)$", "+0000")
    minutes = zone.str.slice(1, 2).cast(pl.Int64) * 60 + zone.str.slice(3, 2).replace("", "0").cast(pl.Int64)
    signed = pl.when(zone.str.starts_with("-")).then(-minutes).otherwise(minutes)
    return pl.duration(minutes=signed.fill_null(0))
