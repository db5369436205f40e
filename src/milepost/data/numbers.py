"""Numbers as people write them: thousands separators, decimal commas, currencies, percent signs."""

from __future__ import annotations

import polars as pl

_CURRENCY = r"(?:[$€£¥₹₩₽]|USD|EUR|GBP|CHF|JPY|CAD|AUD)"
_SPACES = " \u00a0\u202f"
_POINT = r"^[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d*)?(?:[eE][+-]?\d+)?$|^[+-]?\.\d+$"
_COMMA = rf"^[+-]?(?:\d+|[1-9]\d{{0,2}}(?:[.{_SPACES}'’]\d{{3}})+)(?:,\d*)?$|^[+-]?,\d+$"
_SPACED = rf"^[+-]?(?:\d+|[1-9]\d{{0,2}}(?:[{_SPACES}'’]\d{{3}})+)(?:\.\d*)?$"


def parse(values: pl.Series, comma: bool = False) -> tuple[pl.Series, str] | None:
    """Reads distinct written numbers, or returns None where one of them is not a number in the same style.

    Args:
        values: distinct stripped texts without null.
        comma: the file gives reason to read a lone comma as the decimal sign (its fields are separated by
            semicolons).

    Returns:
        The numbers as Float64 and a sentence that says what was read how.

    >>> parse(pl.Series(["€1,234.50", "€5"]))[0].to_list()
    [1234.5, 5.0]
    """
    if values.is_empty():
        return None
    bare, marks = _unmark(values)
    if bare is None:
        return None
    styled = _style(bare, comma)
    if styled is None:
        return None
    number = styled.cast(pl.Float64, strict=False)
    if number.null_count():
        return None
    shown = next(
        i for i, (a, b) in enumerate(zip(values, styled, strict=True)) if a != b or i == len(values) - 1
    )
    meaning = f"'{values[shown]}' is read as {number[shown]:.12g}"
    return number, f"{meaning} (written with {marks})" if marks else meaning


def _unmark(values: pl.Series) -> tuple[pl.Series | None, str]:
    """Takes off one currency or the percent signs; None where they are mixed."""
    frame = values.rename("v").to_frame()
    bracketed = pl.col("v").str.replace(r"^\((.+)\)$", "-$1").str.replace("^([+-]?)−", "-")
    mark = bracketed.str.extract(rf"({_CURRENCY}|%)")
    bare = (
        bracketed.str.replace(rf"^([+-]?)\s*{_CURRENCY}\s*", "$1")
        .str.replace(rf"\s*(?:{_CURRENCY}|%)$", "")
        .str.strip_chars()
    )
    out = frame.select(bare=bare, mark=mark)
    marks = out["mark"].drop_nulls().unique().to_list()
    if len(marks) > 1:
        return None, ""
    if marks == ["%"]:
        zero = out.filter(pl.col("mark").is_null())["bare"].cast(pl.Float64, strict=False)
        if not bool((zero == 0).all()) or zero.null_count():
            return None, ""
        return out["bare"], "percent signs: 12 means 12 %"
    return out["bare"], f"the currency {marks[0]}" if marks else ""


def _style(bare: pl.Series, comma: bool) -> pl.Series | None:
    """Brings all values to a plain decimal point, by the one convention that fits every value."""
    point = bool(bare.str.contains(_POINT).all())
    has_comma = bool(bare.str.contains(",", literal=True).any())
    european = (comma or has_comma) and bool(bare.str.contains(_COMMA).all())
    if european and (comma or not point) and has_comma:
        groups = bare.str.replace_all(rf"[.{_SPACES}'’]", "")
        return groups.str.replace(",", ".", literal=True)
    if point:
        return bare.str.replace_all(",", "", literal=True)
    if bool(bare.str.contains(_SPACED).all()):
        return bare.str.replace_all(rf"[{_SPACES}'’]", "")
    return None
