"""The border between a model too small and one that overfits, from a sweep of capacities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Numbers, vector
from milepost.statistics.intervals import mean_se

CLEAR = 2.0
"""A loss is worse when the paired difference exceeds this many of its standard errors, or more (`clear`)."""
INTERPOLATES = 0.05
STEP = 4.0


@dataclass(frozen=True)
class Sweep:
    """What a sweep of capacities measured, from the smallest capacity to the largest.

    Args:
        capacities: growing capacities, shape (c,).
        losses: mean validation loss of the fully trained model at each, shape (c,).
        errors: standard errors of the paired differences between capacities, shape (c, c).
        uptick: how much higher the loss is than at the best epoch of the same capacity, shape (c,).
        uptick_error: paired standard error of that, shape (c,).
        train: mean training loss at each capacity, shape (c,); None if unknown.
        baseline: mean loss of the best trivial answer; None if unknown.
    """

    capacities: Floats
    losses: Floats
    errors: Floats
    uptick: Floats
    uptick_error: Floats
    train: Floats | None = None
    baseline: float | None = None


@dataclass(frozen=True)
class Border:
    """Where a family of models begins to overfit.

    Args:
        found: whether overfitting was reached.
        overfit_at: the smallest capacity that clearly overfits; None when none does.
        border: the smallest capacity within one paired standard error of the best validation loss.
        interpolates: whether training loss fell below 5 % of the baseline's; None if unknown.
        descends_again: validation loss fell clearly again beyond the first rise (double descent).
        next_capacity: the capacity to try next; None when the sweep is complete.
        reason: one sentence.
    """

    found: bool
    overfit_at: float | None
    border: float
    interpolates: bool | None
    descends_again: bool
    next_capacity: float | None
    reason: str


def sweep_rows(
    capacities: Numbers,
    losses: Numbers,
    best_epoch: Numbers | None = None,
    groups: Numbers | None = None,
    train: Numbers | None = None,
    baseline: float | None = None,
) -> Sweep:
    """Returns a sweep from per-row validation losses, differences paired by row.

    Args:
        capacities: growing capacities, shape (c,).
        losses: loss of each validation row after the last epoch, shape (c, n).
        best_epoch: loss of each row at the epoch with the lowest mean validation loss, shape (c, n).
        groups: one group a row, shape (n,), or None.
        train: mean training loss at each capacity.
        baseline: mean loss of the best trivial answer.
    """
    table: Floats = np.asarray(losses, dtype=np.float64)
    where = vector(capacities, "capacities", least=2)
    if table.ndim != 2 or len(table) != len(where):
        raise InputError(
            f"losses has shape {table.shape} for {len(where)} capacities.", expected="Shape (c, n)."
        )
    errors = np.zeros((len(where), len(where)))
    for i in range(len(where)):
        for j in range(i):
            errors[i, j] = errors[j, i] = mean_se(table[i] - table[j], groups)[0]
    early = table if best_epoch is None else np.asarray(best_epoch, dtype=np.float64)
    if early.shape != table.shape:
        raise InputError(f"best_epoch has shape {early.shape}.", expected=f"That of losses, {table.shape}.")
    late = table - early
    return Sweep(
        where,
        table.mean(axis=1),
        errors,
        late.mean(axis=1),
        np.array([mean_se(row, groups)[0] for row in late]),
        None if train is None else vector(train, "train"),
        baseline,
    )


def sweep_means(
    capacities: Numbers,
    losses: Numbers,
    error: float,
    uptick: Numbers | None = None,
    train: Numbers | None = None,
    baseline: float | None = None,
) -> Sweep:
    """Returns a sweep from mean losses and one typical paired standard error, when rows are not at hand.

    Args:
        capacities: growing capacities, shape (c,).
        losses: mean validation loss after the last epoch, shape (c,).
        error: standard error of a paired difference between two capacities (or epochs).
        uptick: mean loss after the last epoch minus that at the best epoch, shape (c,).
        train: mean training loss at each capacity.
        baseline: mean loss of the best trivial answer.
    """
    where, means = vector(capacities, "capacities", least=2), vector(losses, "losses", least=2)
    late = np.zeros(len(where)) if uptick is None else vector(uptick, "uptick")
    errors = error * (1 - np.eye(len(where)))
    fitted = None if train is None else vector(train, "train")
    return Sweep(where, means, errors, late, np.full(len(where), error), fitted, baseline)


def clear(capacities: int) -> float:
    """Returns how many paired standard errors make a difference clear among so many capacities.

    At least two; more for a long sweep, so that a flat one is seldom taken for overfitting (one-sided
    5 % shared by the capacities, Bonferroni).

    >>> clear(2), round(clear(6), 2)
    (2.0, 2.39)
    """
    from scipy.special import ndtri

    return max(CLEAR, float(ndtri(1 - 0.05 / capacities)))


def border(sweep: Sweep) -> Border:
    """Returns where overfitting begins, if the sweep reached it.

    Overfitting is called only when, at some capacity, the loss rises between the best and the last
    epoch by more than two paired standard errors (see `clear`), or is worse than that of a smaller
    capacity by as much: never from one noisy uptick. The border follows the one-standard-error rule
    (Breiman et al. 1984). Two more points past the first rise are asked for, because the loss of large
    networks may fall again (Belkin et al. 2019).

    Raises:
        InputError: shapes differ, or capacities do not grow.
    """
    size, means = sweep.capacities, sweep.losses
    for name, values in (("losses", means), ("uptick", sweep.uptick), ("train", sweep.train)):
        if values is not None and len(values) != len(size):
            raise InputError(f"{name} has {len(values)} values for {len(size)} capacities.")
    if (np.diff(size) <= 0).any():
        raise InputError("The capacities do not grow.", todo="Sort the sweep by capacity.")
    best = int(means.argmin())
    near = means - means[best] <= sweep.errors[best]
    over = _overfits(sweep)
    first = int(over.argmax()) if over.any() else None
    interpolates = None
    if sweep.train is not None and sweep.baseline is not None:
        interpolates = bool(sweep.train.min() < INTERPOLATES * sweep.baseline)
    again = first is not None and _descends(sweep, first)
    following = _next(sweep, first, interpolates)
    return Border(
        first is not None,
        None if first is None else float(size[first]),
        float(size[int(near.argmax())]),
        interpolates,
        again,
        following,
        _reason(sweep, first, float(size[int(near.argmax())]), again, interpolates),
    )


def _overfits(sweep: Sweep) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which capacities are clearly worse than their own best epoch, or than some smaller capacity."""
    enough = clear(len(sweep.capacities))
    over = (sweep.uptick > enough * sweep.uptick_error) & (sweep.uptick > 0)
    for i in range(1, len(over)):
        gap = sweep.losses[i] - sweep.losses[:i]
        over[i] |= bool(((gap > enough * sweep.errors[i, :i]) & (gap > 0)).any())
    return over


def _descends(sweep: Sweep, first: int) -> bool:
    """Whether the loss falls clearly below its peak at some capacity beyond the first rise."""
    beyond = sweep.losses[first:]
    peak = first + int(beyond.argmax())
    gap = sweep.losses[peak] - sweep.losses[peak + 1 :]
    return bool(((gap > clear(len(sweep.capacities)) * sweep.errors[peak, peak + 1 :]) & (gap > 0)).any())


def _next(sweep: Sweep, first: int | None, interpolates: bool | None) -> float | None:
    largest = float(sweep.capacities[-1])
    if first is None:
        return None if interpolates else largest * STEP
    if len(sweep.capacities) - 1 - first >= 2:
        return None
    return largest * float(sweep.capacities[-1] / sweep.capacities[-2])


def _reason(sweep: Sweep, first: int | None, border: float, again: bool, interpolates: bool | None) -> str:
    largest = sweep.capacities[-1]
    if first is None and interpolates:
        return f"Up to {largest:g} the model fits its training rows perfectly and validation does not suffer."
    if first is None:
        return f"No border was found up to {largest:g}: rich data or a model still too small."
    turn = sweep.capacities[first]
    said = f"Validation turns at {turn:g}; {border:g} is the smallest within one standard error of the best."
    return said + (" Beyond the rise it falls again (double descent)." if again else "")
