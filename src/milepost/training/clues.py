"""Single pieces of evidence that a column knows the answer, each judged apart from the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from milepost.modalities.base import text
from milepost.statistics import leakage
from milepost.statistics.univariate import Array, Univariate, univariate_score

SEVERITIES = ("block", "ask", "inform")
WORTH_ASKING = {True: 0.8, False: 0.6}
"""From this score on strong evidence is put to a person: an AUC, or a share of variance."""
WORTH_TELLING = {True: 0.75, False: 0.5}
"""From this score on one weak sign is worth a mention."""
MANY_VALUES = 50


@dataclass(frozen=True)
class Suspect:
    """One column's evidence.

    Args:
        name: the column.
        severity: "block", "ask" or "inform".
        signs: the detectors that fired.
        score: its score alone: an AUC, or a share of variance.
        says: the evidence in one sentence.
        drop: what is proposed: leave it out.
    """

    name: str
    severity: str
    signs: tuple[str, ...]
    score: float
    says: str
    drop: bool


def joined(one: Suspect, other: Suspect) -> Suspect:
    """Returns the evidence of both against one column: the graver severity, all signs and sentences."""
    grave = min(one, other, key=lambda s: SEVERITIES.index(s.severity))
    signs = tuple(dict.fromkeys((*grave.signs, *one.signs, *other.signs)))
    told = [grave.says, *(s.says for s in (one, other) if s is not grave)]
    rest = [says.removeprefix(f"'{one.name}': ") for says in told[1:]]
    says = "; ".join([told[0].rstrip("."), *(part.rstrip(".") for part in rest)]) + "."
    return Suspect(one.name, grave.severity, signs, one.score, says, one.drop or other.drop)


def values(column: pl.Series) -> Array:
    """A column as numpy for the detectors: moments as seconds, texts and truth values as objects."""
    if column.dtype.is_temporal():
        seconds = column.cast(pl.Datetime("us")).dt.epoch("s").cast(pl.Float64)
        return seconds.fill_null(float("nan")).to_numpy()
    if column.dtype.is_numeric():
        return column.cast(pl.Float64).to_numpy()  # what is null becomes NaN
    return text(column).to_numpy().astype(object)


@dataclass(frozen=True)
class Case:
    """What single clues are judged on.

    Args:
        frame: rows of the sample.
        truth: their truth.
        family: "binary", "multiclass", "multilabel" or "regression".
        seed: of all draws.
    """

    frame: pl.DataFrame
    truth: Array
    family: str
    seed: int

    @cached_property
    def alone(self) -> Univariate:
        """What scores single columns."""
        return Univariate(self.truth, self.family, seed=self.seed)

    @property
    def labels(self) -> bool:
        """Whether the target is a class."""
        return self.family != "regression"

    def level(self, share: float) -> float:
        """The score a share of the way from knowing nothing to knowing all."""
        return 0.5 + share / 2 if self.labels else share


def missing(case: Case, name: str, alone: float) -> Suspect | None:
    """A column of which it matters that it is missing, as much as what it says."""
    column = case.frame[name]
    if not 0 < column.null_count() < len(column):
        return None
    score = leakage.missingness_score(np.where(column.is_null().to_numpy(), np.nan, 0.0), case.alone)
    if score <= case.level(0.3) or score < alone - 0.03:
        return None
    grave = score >= WORTH_ASKING[case.labels]
    says = f"'{name}': that it is missing or not scores {score:.3f} alone, as much as its values."
    return Suspect(
        name, "ask" if grave else "inform", ("missingness",), score, says, score >= case.level(0.8)
    )


def written(case: Case, name: str, alone: float) -> Suspect | None:
    """A column whose way of being written tells more than what is written."""
    column = case.frame[name]
    if column.dtype.is_integer() or column.dtype.is_temporal() or column.dtype == pl.Boolean:
        return None
    if column.n_unique() <= MANY_VALUES:
        return None  # few values: how they are written is only another name for them
    score = leakage.format_score(values(column), case.alone)
    if score <= case.level(0.3) or score <= alone + 0.02:
        return None
    how = "its length" if column.dtype == pl.String else "its number of decimals"
    says = f"'{name}': the way it is written ({how}) scores {score:.3f} alone, its values {alone:.3f}."
    grave = score >= WORTH_ASKING[case.labels]
    return Suspect(name, "ask" if grave else "inform", ("format",), score, says, score >= case.level(0.9))


def rule(case: Case, name: str) -> Suspect | None:
    """A column of which one range or group of values holds most of the positive class and nothing else."""
    if case.family != "binary":
        return None
    found = leakage.pure_rule(values(case.frame[name]), case.truth)
    if found is None or found.support < 0.5:
        return None
    says = (
        f"'{name}': one range of its values holds {100 * found.support:.0f} % of the positive class and "
        f"hardly anything else ({found.rows:,} rows, {100 * found.purity:.2f} % pure)."
    )
    return Suspect(name, "ask", ("pure rule",), found.purity, says, False)


def with_answer(
    names: Sequence[str], frame: pl.DataFrame, pool: pl.DataFrame, scores: Mapping[str, float]
) -> list[Suspect]:
    """Columns that are missing where the target is, and almost nowhere else.

    Args:
        names: the columns.
        frame: all rows with a target.
        pool: all rows without.
        scores: each column's score alone.
    """
    found = []
    target = np.r_[np.zeros(frame.height, bool), np.ones(pool.height, bool)]
    for name in names if pool.height else ():
        gone = np.r_[frame[name].is_null().to_numpy(), pool[name].is_null().to_numpy()]
        share = leakage.null_with_target(gone, target)
        if share is not None:
            says = (
                f"'{name}' is missing in {100 * share:.0f} % of the rows without a target and almost nowhere "
                "else: it was written with the answer."
            )
            found.append(Suspect(name, "block", ("written with the answer",), scores[name], says, True))
    return found


def unavailable(
    names: Sequence[str], frame: pl.DataFrame, production: pl.DataFrame, scores: Mapping[str, float]
) -> list[Suspect]:
    """Columns that are always empty in the production sample but not here."""
    found = []
    for name in names:
        if name not in production.columns or production[name].null_count() < production.height:
            continue
        if frame[name].null_count() > 0.99 * frame.height:
            continue
        says = f"'{name}' is always missing in the production sample: it is not known when it is asked for."
        found.append(Suspect(name, "block", ("missing in production",), scores[name], says, True))
    return found


def collapsed(case: Case, scores: Mapping[str, float], order: Array) -> list[Suspect]:
    """Columns that tell much about the target in early rows and little in late ones, unlike the others.

    Args:
        case: the sample.
        scores: each column's score alone.
        order: the time of each row of the sample (n,), in any unit.
    """
    late = order > np.median(order)
    if min(int(late.sum()), int((~late).sum())) < 500:
        return []
    drops = {}
    for name, score in scores.items():
        if score < case.level(0.25):
            continue
        column = values(case.frame[name])
        halves = (
            univariate_score(column[part], case.truth[part], case.family, seed=case.seed)
            for part in (~late, late)
        )
        drops[name] = float(next(halves) - next(halves))
    if not drops:
        return []
    typical = float(np.median([*drops.values(), *[0.0] * (len(scores) - len(drops))]))
    found = []
    for name, drop in drops.items():
        # A standard error of a difference of two AUCs, or shares, of these many rows is well below this.
        if drop - typical > max(0.1, 3 * 1.4 / np.sqrt(len(order))):
            says = (
                f"'{name}': its power fades from early to late rows (the score alone falls by {drop:.2f}, "
                f"that of other columns by {typical:.2f}): it may have been filled in afterwards."
            )
            found.append(Suspect(name, "inform", ("fades",), scores[name], says, False))
    return found


def parts_of_target(case: Case, names: Sequence[str], most: int = 5) -> tuple[str, ...]:
    """Returns the columns of which the target is the sum, but for small change; empty when there are none.

    Forward selection of at most five numbers by least squares; all coefficients have to lie between .8 and
    1.25 and 99 % of the variance has to be explained.
    """
    numeric = [n for n in names if case.frame[n].dtype.is_numeric()]
    if case.labels or case.truth.ndim > 1 or len(numeric) < 2:
        return ()
    rows = slice(0, 5000)
    target = case.truth[rows].astype(np.float64)
    table = {n: np.nan_to_num(values(case.frame[n])[rows]) for n in numeric}
    chosen: list[str] = []
    while len(chosen) < min(most, len(numeric)):
        fits = {
            n: _least_squares([table[c] for c in (*chosen, n)], target) for n in numeric if n not in chosen
        }
        best = max(fits, key=lambda n: fits[n][0])
        chosen.append(best)
        explained, slopes = fits[best]
        if len(chosen) > 1 and explained >= 0.99:
            return tuple(chosen) if bool(((slopes > 0.8) & (slopes < 1.25)).all()) else ()
    return ()


def _least_squares(columns: Sequence[Array], target: Array) -> tuple[float, Array]:
    design = np.column_stack([*columns, np.ones(len(target))])
    slopes, *_ = np.linalg.lstsq(design, target, rcond=None)
    rest = target - design @ slopes
    spread = float(target.var())
    return (1 - float(rest.var()) / spread if spread > 0 else 0.0), slopes[:-1]
