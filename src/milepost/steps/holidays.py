"""Public holidays of the countries that the brief names for columns of dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from importlib import import_module

import numpy as np
import polars as pl

from milepost.data.recipe import Recipe
from milepost.errors import InputError, MissingExtra
from milepost.graphs.calendar import DAY
from milepost.modalities.base import Array, feed
from milepost.report.sentences import percent
from milepost.steps.work import Work

AHEAD = 15
"""Years after the last row's for which a package knows holidays."""
YEARS = (1900, 2100)
"""Years asked for at most: rows may hold 9999-12-31 for "never"."""
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Calendar:
    """Public holidays beside the rows of a column.

    Args:
        place: whose they are.
        first, last: years of the first and the last one that is known.
        share: share of the development rows that lie on one.
    """

    place: str
    first: int
    last: int
    share: float

    def told(self, column: str) -> str:
        """The same in a sentence."""
        return (
            f"{percent(self.share)} of the rows of '{column}' lie on a public holiday of {self.place}. A "
            f"package knows those of {self.first} to {self.last}; on later days they count as unknown."
        )


def observed(work: Work, rows: pl.DataFrame, recipe: Recipe) -> tuple[Recipe, Mapping[str, Calendar]]:
    """The recipe with the holidays that the brief names, and how they lie beside the rows.

    Raises:
        InputError: a column holds no moments or is no input, or nothing is known of the place.
        MissingExtra: the package of holidays is not installed.
    """
    facts = dict(recipe.facts)
    found: dict[str, Calendar] = {}
    for name, said in work.brief.columns.items():
        if not said.holidays:
            continue
        column = recipe.schema[name]
        if column.role != "input" or column.modality != "moment":
            raise InputError(
                f"[columns.{name}] names holidays, but {column.why}",
                expected="An input that holds dates.",
                todo='Write role = "input" there, or take the key away.',
            )
        days = feed(rows[name].drop_nulls(), "int64")[:, 0] // DAY
        feasts = public(said.holidays, days)
        facts[name] = replace(facts[name], holidays=feasts)
        first, last = (date.fromordinal(EPOCH + day).year for day in (feasts[0], feasts[-1]))
        found[name] = Calendar(said.holidays, first, last, float(np.isin(days, feasts).mean()))
    return replace(recipe, facts=facts), found


def public(place: str, days: Array) -> tuple[int, ...]:
    """Public holidays around days, and for `AHEAD` years more, all in days since 1970.

    Args:
        place: a country, or a country and a part of it, such as "DE-BY".
        days: at least one day, int64.

    Raises:
        InputError: nothing is known of the place, or of those years.
        MissingExtra: the package of holidays is not installed.
    """
    try:
        package = import_module("holidays")
    except ImportError:
        raise MissingExtra.of("holidays", "knowing public holidays") from None
    country, _, part = place.partition("-")
    ends = [date.fromordinal(EPOCH + int(day)).year for day in (np.min(days), np.max(days))]
    low, high = max(ends[0] - 1, YEARS[0]), min(ends[1] + AHEAD, YEARS[1])
    places = package.list_supported_countries()
    if country not in places or (part and part not in places[country]):
        parts = ", ".join(places.get(country, ()))
        raise InputError(
            f"no public holidays of '{place}' are known.",
            expected=f"One of the parts of {country}: {parts}." if parts else "A code of ISO 3166.",
            todo="Correct `holidays` in the brief.",
        )
    known = package.country_holidays(country, subdiv=part or None, years=range(low, high + 1))
    if not known:
        raise InputError(f"no public holidays of '{place}' are known for {low} to {high}.")
    return tuple(sorted(day.toordinal() - EPOCH for day in known))
