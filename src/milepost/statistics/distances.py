"""How far apart two samples of one column are: in size, and beyond what chance does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.arrays import Floats
from milepost.statistics.univariate import Array, missing_mask

Kind: TypeAlias = Literal["number", "category"]

PRACTICAL = 0.1
MAX_ROWS = 20_000


def ks_distance(a: Array, b: Array) -> float:
    """Returns the largest gap between two cumulative shares, 0 to 1; missing values are left out.

    >>> ks_distance(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    1.0
    """
    first, second = np.sort(_present(a)), np.sort(_present(b))
    values = np.concatenate([first, second])
    below = [np.searchsorted(sample, values, side="right") / len(sample) for sample in (first, second)]
    return float(np.abs(below[0] - below[1]).max())


def wasserstein_iqr(a: Array, b: Array) -> float:
    """Returns the mean distance values have to be moved, in interquartile ranges of `a`.

    Where the quartiles of `a` are equal the standard deviation of both together takes their place.

    >>> round(wasserstein_iqr(np.arange(100.0), np.arange(100.0) + 49.5), 2)
    1.0
    """
    from scipy.stats import wasserstein_distance

    first, second = _present(a), _present(b)
    low, high = np.quantile(first, [0.25, 0.75])
    width = float(high - low) or float(np.concatenate([first, second]).std())
    return float(wasserstein_distance(first, second)) / width if width > 0 else 0.0


def total_variation(a: Array, b: Array) -> float:
    """Returns the share of rows whose category would have to change, 0 to 1; missing is a category.

    >>> total_variation(np.array(["x", "y"]), np.array(["x", "x"]))
    0.5
    """
    p, q = _shares(a, b)
    return float(0.5 * np.abs(p - q).sum())


def js_distance(a: Array, b: Array) -> float:
    """Returns the Jensen-Shannon distance of two category columns, 0 to 1 (root of the divergence in bits).

    >>> js_distance(np.array(["x"]), np.array(["y"]))
    1.0
    """
    from scipy.spatial.distance import jensenshannon

    return float(np.nan_to_num(jensenshannon(*_shares(a, b), base=2)))


def psi(a: Array, b: Array, bins: int = 10) -> float:
    """Returns the population stability index over quantile bins of `a`; half a row is added to empty bins.

    Without any change it is (bins - 1)(1/n + 1/m) on average, so fixed limits mean little for few rows.
    """
    first, second = _present(a), _present(b)
    edges = np.unique(np.quantile(first, np.linspace(0, 1, bins + 1)[1:-1]))
    counts = [
        np.bincount(np.searchsorted(edges, x, side="right"), minlength=len(edges) + 1)
        for x in (first, second)
    ]
    p, q = (np.where(count > 0, count, 0.5) / count.sum() for count in counts)
    return float(((p - q) * np.log(p / q)).sum())


@dataclass(frozen=True)
class ColumnShift:
    """How far one column of one sample lies from that of another.

    Args:
        distance: the measure used: "ks" for numbers, "total variation" for categories.
        value: its size, 0 to 1.
        chance: the 99 % quantile of that size without any change, by resampling.
        threshold: the smallest size that matters in practice.
        p: p-value of the test that belongs to the distance; small for any change when rows are many.
        moved: for numbers, the mean move in interquartile ranges; nan for categories.
        missing: share of missing values in the first and in the second sample.
        flagged: beyond chance and large enough to matter (in value, in `moved`, or in the share missing).
        says: one sentence.
    """

    distance: str
    value: float
    chance: float
    threshold: float
    p: float
    moved: float
    missing: tuple[float, float]
    flagged: bool
    says: str


def column_shift(
    a: Array, b: Array, kind: Kind, *, seed: int = 0, resamples: int = 200, practical: float = PRACTICAL
) -> ColumnShift:
    """Compares one column of two samples: flagged only when the change is beyond chance and matters.

    At most 20,000 rows of each are read, drawn with the seed. The chance level comes from drawing two samples
    of these sizes from both together.

    Args:
        a: values of the first sample (n,): numbers with nan, or text with None.
        b: values of the second (m,).
        kind: "number" or "category".
        seed: of the draws.
        resamples: draws for the chance level.
        practical: sizes below this do not matter.

    Raises:
        InputError: a sample is empty.

    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> column_shift(x[:1000], x[1000:], "number").flagged
    False
    """
    if len(a) == 0 or len(b) == 0:
        raise InputError(f"samples of {len(a)} and {len(b)} rows.", expected="Rows in both to compare.")
    generator = np.random.default_rng(seed)
    first, second = (
        x if len(x) <= MAX_ROWS else x[generator.choice(len(x), MAX_ROWS, replace=False)] for x in (a, b)
    )
    holes = (missing_mask(first), missing_mask(second))
    gaps = (float(holes[0].mean()), float(holes[1].mean()))
    moved, name = float("nan"), "total variation"
    if kind == "category":
        first, second = _as_codes(first, second)
    elif max(gaps) == 1:  # nothing to measure in one of them but that it is empty
        first, second = holes[0].astype(np.int64), holes[1].astype(np.int64)
    else:
        first, second, name = _present(first), _present(second), "ks"
        moved = wasserstein_iqr(first, second)
    value = ks_distance(first, second) if name == "ks" else total_variation(first, second)
    chance = _chance(first, second, name, generator, resamples)
    far = value > chance and (value > practical or moved > practical)
    flagged = bool(far or _emptied(holes[0], holes[1], practical))
    p = _p_value(first, second, value, name)
    says = _sentence(value, chance, practical, gaps, flagged)
    return ColumnShift(name, value, chance, practical, p, moved, gaps, flagged, says)


def _emptied(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_], practical: float) -> bool:
    """Whether the shares missing differ by more than 2.6 standard errors and by what matters."""
    gap = abs(float(a.mean()) - float(b.mean()))
    error = float(np.sqrt(a.var() / len(a) + b.var() / len(b)))
    return gap > practical and gap > 2.6 * error


def flag_shifts(shifts: Mapping[str, ColumnShift], q: float = 0.05) -> tuple[str, ...]:
    """Returns the names of the columns flagged, after control of the false discovery rate, largest first."""
    names = list(shifts)
    rejected = benjamini_hochberg([shifts[name].p for name in names], q)
    found = []
    for name, sure in zip(names, rejected, strict=True):
        shift = shifts[name]
        emptied = abs(shift.missing[0] - shift.missing[1]) > shift.threshold
        if shift.flagged and (sure or emptied):
            found.append(name)
    return tuple(sorted(found, key=lambda name: -shifts[name].value))


def benjamini_hochberg(p: npt.ArrayLike, q: float = 0.05) -> npt.NDArray[np.bool_]:
    """Says which hypotheses to reject so that a share `q` of them is wrong at most (Benjamini & Hochberg).

    >>> benjamini_hochberg([0.001, 0.5, 0.02]).tolist()
    [True, False, True]
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    passing = np.flatnonzero(values[order] <= q * np.arange(1, len(values) + 1) / len(values))
    rejected = np.zeros(len(values), dtype=np.bool_)
    if len(passing):
        rejected[order[: passing[-1] + 1]] = True
    return rejected


def _present(x: Array) -> Floats:
    numbers = np.asarray(x, dtype=np.float64)
    kept: Floats = numbers[~np.isnan(numbers)]
    if len(kept) == 0:
        raise InputError("a sample holds no value.", expected="At least one value that is not missing.")
    return kept


def _as_codes(a: Array, b: Array) -> tuple[Array, Array]:
    """Both columns as codes of the categories of both; missing is one of them."""
    together = np.concatenate([np.asarray(x, dtype=object) for x in (a, b)])
    missing = missing_mask(together)
    codes = np.full(len(together), -1, dtype=np.int64)
    codes[~missing] = np.unique(together[~missing].astype(str), return_inverse=True)[1]
    return codes[: len(a)] + 1, codes[len(a) :] + 1


def _shares(a: Array, b: Array) -> tuple[Floats, Floats]:
    first, second = (a, b) if a.dtype.kind == b.dtype.kind == "i" else _as_codes(a, b)
    low = min(first.min(), second.min())
    size = int(max(first.max(), second.max()) - low) + 1
    if size > 10 * (len(first) + len(second)) + 1000:
        first, second = _as_codes(a, b)
        low, size = 0, int(max(first.max(), second.max())) + 1
    p, q = (np.bincount(x - low, minlength=size) / len(x) for x in (first, second))
    return p, q


def _chance(a: Array, b: Array, name: str, generator: np.random.Generator, resamples: int) -> float:
    """The 99 % quantile of the distance between two samples drawn from both together."""
    values, codes = np.unique(np.concatenate([a, b]), return_inverse=True)
    sizes = np.empty(resamples)
    for number in range(resamples):
        mixed = codes[generator.integers(0, len(codes), len(codes))]
        p, q = (np.bincount(x, minlength=len(values)) / len(x) for x in (mixed[: len(a)], mixed[len(a) :]))
        sizes[number] = np.abs(np.cumsum(p - q)).max() if name == "ks" else 0.5 * np.abs(p - q).sum()
    return float(np.quantile(sizes, 0.99))


def _p_value(a: Array, b: Array, value: float, name: str) -> float:
    from scipy.stats import chi2_contingency, kstwobign

    if name == "ks":
        n, m = len(a), len(b)
        return float(kstwobign.sf(value * np.sqrt(n * m / (n + m))))
    counts = np.array(
        [np.bincount(x.astype(np.int64), minlength=int(max(a.max(), b.max())) + 1) for x in (a, b)]
    )
    counts = counts[:, counts.sum(axis=0) > 0]
    return float(chi2_contingency(counts).pvalue) if counts.shape[1] > 1 else 1.0


def _sentence(value: float, chance: float, practical: float, gaps: tuple[float, float], flagged: bool) -> str:
    holes = (
        f"; missing in {100 * gaps[0]:.0f} % before and {100 * gaps[1]:.0f} % now"
        if abs(gaps[0] - gaps[1]) > 0.02
        else ""
    )
    size = f"distance {value:.3f}, by chance up to {chance:.3f}{holes}"
    if flagged:
        return f"It is distributed differently ({size})."
    if value > chance:
        return f"It differs by a negligible amount ({size}, of note from {practical:g})."
    return f"No difference beyond chance ({size})."
