"""What is done when production differs: weights, label shift, raking, or nothing for a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from milepost.data.schema import Schema
from milepost.errors import InputError, did_you_mean
from milepost.modalities.base import text
from milepost.report.sentences import count, listed, percent
from milepost.statistics.calibrators import fit_platt
from milepost.statistics.shift import Setting, c2st
from milepost.statistics.univariate import Array
from milepost.statistics.weights import Weights, density_ratio_weights, raking
from milepost.steps.likeness import Likeness, encoded
from milepost.steps.work import Question, Work

METHODS = ("weights", "label-shift", "raking", "none")
QUESTION = "understand.correction"
EVERY = 10**9


@dataclass(frozen=True)
class Correction:
    """The correction chosen, and what it costs.

    Args:
        method: "weights", "label-shift", "raking", "none", or "" where none is needed.
        because: the reason given.
        by: who chose: "the brief", a name, or "".
        ess: so many equal rows the weighted ones are worth, None without weights.
        clipped: share of the rows whose weight was cut.
        used: the weights are kept and used.
        says: one sentence.
        problem: what stands in the way, or "".
    """

    method: str = ""
    because: str = ""
    by: str = ""
    ess: float | None = None
    clipped: float = 0.0
    used: bool = False
    says: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Sides:
    """Both samples and their columns."""

    rows: pl.DataFrame
    production: pl.DataFrame | None
    schema: Schema


def correct(work: Work, sides: Sides, likeness: Likeness | None) -> tuple[Correction, Array | None]:
    """Returns the correction that the brief or a person chose, and weights (rows,) where it has some.

    Asked for where production looks markedly different and the brief says nothing; the default is weights, or
    none where weights cannot repair the difference.
    """
    said = work.brief.correction
    if said.method:
        return _carried(work, sides, Correction(said.method, said.because, "the brief"))
    if likeness is None or not likeness.different or likeness.effect not in ("marked", "strong"):
        return Correction(), None
    weights = domain_weights(sides, work.seed, work.threads)
    question = Question(
        QUESTION,
        f"Production looks different (AUC {likeness.auc:.2f}, {likeness.effect}). What is done about it?",
        METHODS,
        "weights" if weights.correctable else "none",
        weights.says.capitalize(),
    )
    given = work.ask(question)
    if given is None:
        return Correction(problem="Production looks different and no correction is chosen."), None
    answer = work.ledger.answers(QUESTION).get(QUESTION, {})
    because = str(answer.get("because", ""))
    if given == "none" and not because:
        because = work.ask(Question(f"{QUESTION}.because", "Why is nothing corrected?", (), "")) or ""
    chosen = Correction(given, because, str(answer.get("by", "")))
    return _carried(work, sides, chosen, weights)


def _carried(
    work: Work, sides: Sides, chosen: Correction, weights: Weights | None = None
) -> tuple[Correction, Array | None]:
    """The correction carried out."""
    why, by, method = chosen.because, chosen.by, chosen.method
    if method == "none":
        says = f"Nothing is corrected: {why}"
        problem = "" if why else f"Nothing is corrected, and no reason is given: answer {QUESTION}.because."
        return Correction(method, why, by, says=says if why else "", problem=problem), None
    if method == "label-shift":
        return _shifted(work, sides, chosen), None
    if method == "weights":
        if sides.production is None:
            problem = "Weights need a production sample: name it as data.production in milepost.toml."
            return Correction(method, why, by, problem=problem), None
        made = weights or domain_weights(sides, work.seed, work.threads)
        return _weighted(chosen, made, made.correctable)
    margins = work.brief.correction.margins
    if not margins:
        problem = "Raking needs shares: give [correction] margins in milepost.toml."
        return Correction(method, why, by, problem=problem), None
    return _weighted(chosen, raked(sides.rows, margins), True)


def _shifted(work: Work, sides: Sides, chosen: Correction) -> Correction:
    """Label shift, which a model estimates later from the production sample, or the brief states."""
    known = work.brief.value.prevalence
    problem, says = "", "Probabilities will be corrected to the classes' shares in production"
    if not work.task.exclusive:
        problem = (
            "Label shift is about classes that exclude one another. Choose weights, or none with a reason."
        )
    elif not work.task.labels:
        problem = (
            "Label shift is about classes; the target is a number. Choose weights, or none with a reason."
        )
    elif known is not None:
        says += f": {percent(known)} '{work.task.positive}', says the brief."
    elif sides.production is None:
        problem = "Label shift needs a production sample, or value.prevalence in milepost.toml."
    else:
        says += ", estimated from the production sample once there is a model."
    return Correction(chosen.method, chosen.because, chosen.by, says=says, problem=problem)


def _weighted(chosen: Correction, weights: Weights, used: bool) -> tuple[Correction, Array | None]:
    made = Correction(
        chosen.method,
        chosen.because,
        chosen.by,
        ess=float(weights.ess),
        clipped=float(weights.clipped),
        used=used,
        says=weights.says[:1].upper() + weights.says[1:],
    )
    return made, np.asarray(weights.values, dtype=np.float64) if used else None


def domain_weights(sides: Sides, seed: int, threads: int) -> Weights:
    """Weights that let every development row stand for production: odds of a calibrated domain classifier."""
    assert sides.production is not None
    made = encoded(sides.rows, sides.production, sides.schema)
    how = Setting(seed=seed, most=EVERY, balance=False, threads=threads, permutations=0)
    found = c2st(made.one, made.other, setting=how)
    here = found.second == 0
    n0, n1 = int(here.sum()), int((~here).sum())
    p = fit_platt(found.probabilities, found.second, np.ones(n0 + n1))(found.probabilities[here])
    return density_ratio_weights(p, n0, n1, auc=found.auc)


def _complete(column: pl.Series, shares: Mapping[str, float]) -> None:
    """Raises `InputError` where a value has no share, or a share no rows."""
    held = set(text(column).drop_nulls().unique().to_list())
    bare, idle = held - set(shares), set(shares) - held - {""}
    if bare:
        what = f"'{column.name}' holds '{min(bare)}', which has no share in correction.margins."
    elif idle:
        what = f"correction.margins gives a share to '{min(idle)}', which no row of '{column.name}' holds."
    else:
        return
    raise InputError(what, expected=f"A share for each of its values: {listed(sorted(held), 8)}.")


def raked(rows: pl.DataFrame, margins: dict[str, dict[str, float]]) -> Weights:
    """Weights by which columns have the shares known of production.

    Raises:
        InputError: a column is not there, a value has no share, or a share no rows.
    """
    for name in margins:
        if name not in rows.columns:
            raise InputError(
                f"correction.margins names '{name}', which is no column.",
                todo=did_you_mean(name, rows.columns),
            )
        gaps = rows[name].null_count()
        if gaps and "" not in margins[name]:
            raise InputError(
                f"'{name}' is missing in {count(gaps)} rows, which have no share in correction.margins.",
                todo=f'Give one: {name} = {{ "" = 0.01, ... }}.',
            )
        _complete(rows[name], margins[name])
    found = [
        (text(rows[name]).fill_null("").to_numpy().astype(str), shares) for name, shares in margins.items()
    ]
    return raking(found)
