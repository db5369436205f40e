"""Krippendorff's alpha against the published example, its definition and the package of its name."""

from __future__ import annotations

import math
import time
from itertools import permutations

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics.alpha import Scale, alpha
from milepost.statistics.ratings import from_table, ratings

M = math.nan
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, M, M, M],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, M, 3],
    [M, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, M],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, M],
]
"""Krippendorff (2011), "Computing Krippendorff's alpha-reliability": 4 observers of 12 units."""
PACKAGE: dict[Scale, tuple[float, float]] = {
    "nominal": (0.3036090424, 0.4027024207),
    "ordinal": (0.3691846173, 0.636069919),
    "interval": (0.3668689698, 0.635036651),
    "ratio": (0.2971552201, 0.5363153624),
}
"""What krippendorff 0.9.0 says of `table(0)` and `table(1)`; it is under the GPL, and so no dependency."""
PUBLISHED: dict[Scale, float] = {"nominal": 0.7434, "ordinal": 0.8154, "interval": 0.8491, "ratio": 0.7974}


@pytest.mark.parametrize("scale", PUBLISHED)
def test_the_published_example(scale: Scale) -> None:
    found = alpha(from_table(np.array(OBSERVERS).T), scale)
    assert round(found.value, 4) == PUBLISHED[scale]
    assert found.items == 11
    assert found.labels == 40
    assert found.interval.contains(found.value)


def table(seed: int, items: int = 60, people: int = 5, values: int = 6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, values, items)[:, None]
    said = np.where(rng.random((items, people)) < 0.6, truth, rng.integers(0, values, (items, people))) + 0.0
    said[rng.random(said.shape) < 0.3] = M
    return said


def defined(said: np.ndarray, scale: Scale) -> float:
    """Alpha by its definition: coincidences of all ordered pairs, one at a time."""
    units = [row[~np.isnan(row)] for row in said if (~np.isnan(row)).sum() > 1]
    values = sorted({v for unit in units for v in unit})
    seen = {(c, k): 0.0 for c in values for k in values}
    for unit in units:
        for c, k in permutations(unit, 2):
            seen[c, k] += 1 / (len(unit) - 1)
    often = {c: sum(seen[c, k] for k in values) for c in values}
    total = sum(often.values())

    def apart(c: float, k: float) -> float:
        if scale == "nominal":
            return float(c != k)
        if scale == "interval":
            return (c - k) ** 2
        if scale == "ratio":
            return 0.0 if c == k else ((c - k) / (c + k)) ** 2
        low, high = sorted([c, k])
        between = sum(often[g] for g in values if low <= g <= high)
        return (between - (often[c] + often[k]) / 2) ** 2

    observed = sum(seen[c, k] * apart(c, k) for c in values for k in values) / total
    expected = sum(often[c] * often[k] * apart(c, k) for c in values for k in values) / total / (total - 1)
    return 1 - observed / expected


@pytest.mark.parametrize("scale", PUBLISHED)
@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_the_definition_says(scale: Scale, seed: int) -> None:
    said = table(seed)
    assert alpha(from_table(said), scale, resamples=0).value == pytest.approx(defined(said, scale), abs=1e-12)


@pytest.mark.parametrize("scale", PACKAGE)
def test_it_is_what_the_package_says(scale: Scale) -> None:
    found = [round(alpha(from_table(table(seed)), scale, resamples=0).value, 10) for seed in (0, 1)]
    assert tuple(found) == PACKAGE[scale]


@pytest.mark.parametrize("scale", PUBLISHED)
def test_the_interval_is_that_of_a_plain_bootstrap(scale: Scale) -> None:
    said = table(7, items=80)
    said = said[(~np.isnan(said)).sum(1) > 1]
    rng = np.random.default_rng(1)
    plain = [defined(said[rng.integers(0, len(said), len(said))], scale) for _ in range(400)]
    found = alpha(from_table(said), scale, resamples=2000).interval
    wide = found.high - found.low
    assert [found.low, found.high] == pytest.approx(np.quantile(plain, [0.025, 0.975]), abs=0.2 * wide)


@pytest.mark.parametrize("scale", PUBLISHED)
def test_resamples_of_many_equal_items_are_drawn_as_those_of_few(scale: Scale) -> None:
    few = np.tile([[1.0, 1], [2, 2], [3, 1], [1, 2]], (100, 1))
    counted = alpha(from_table(few), scale, resamples=3000).interval
    jittered = few + np.arange(len(few))[:, None] * 1e-9 * (scale in ("interval", "ratio"))
    drawn = alpha(from_table(jittered), scale, resamples=3000).interval
    assert [counted.low, counted.high] == pytest.approx([drawn.low, drawn.high], abs=0.02)


def test_the_interval_covers_the_truth() -> None:
    """Two people who are right with 0.8 of two equal classes: alpha is (2·0.68 - 1) = 0.36."""
    inside = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 2, (150, 1))
        said = np.where(rng.random((150, 2)) < 0.8, truth, 1 - truth)
        inside += alpha(from_table(said), resamples=300, seed=seed).interval.contains(0.36)
    assert 0.89 <= inside / 200 <= 0.99


def test_names_are_compared_for_equality_only() -> None:
    names = ratings([1, 1, 2, 2], ["a", "b", "a", "b"], ["x", "x", "y", "x"])
    assert alpha(names).value == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(InputError, match="'x' is no number"):
        alpha(names, "interval")
    ranked = ratings([1, 1, 2, 2], ["a", "b", "a", "b"], ["low", "low", "high", "low"], ["low", "high"])
    assert alpha(ranked, "ordinal").value == pytest.approx(0.0, abs=1e-12)


def test_one_value_everywhere_tells_nothing() -> None:
    for scale in PUBLISHED:
        found = alpha(from_table(np.full((20, 3), 2.0)), scale)
        assert math.isnan(found.value)
        assert math.isnan(found.interval.low)
        assert found.reading == "unknown"


def test_readings() -> None:
    said = np.tile([[1.0, 1], [2, 2]], (50, 1))
    assert alpha(from_table(said)).reading == "reliable"
    said[::8, 1] = 3 - said[::8, 1]
    assert alpha(from_table(said)).reading == "tentative"
    said[::4, 1] = said[1::4, 1]
    assert alpha(from_table(said)).reading == "not reliable"


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="Raise the overlap"):
        alpha(from_table([[1.0, M], [M, 2.0]]))
    with pytest.raises(InputError, match="below 0"):
        alpha(from_table([[1.0, -1.0]]), "ratio")
    with pytest.raises(InputError, match="'metric' is not known"):
        alpha(from_table([[1.0, 1.0]]), "metric")  # type: ignore[arg-type]
    wide = np.random.default_rng(0).random((3000, 2))
    with pytest.raises(InputError, match="6000 different values"):
        alpha(from_table(wide), "ratio")


@pytest.mark.alone
def test_a_hundred_thousand_items_take_seconds() -> None:
    rng = np.random.default_rng(0)
    item = np.repeat(np.arange(100_000), 3)
    said = np.where(
        rng.random(len(item)) < 0.8, rng.integers(0, 10, 100_000)[item], rng.integers(0, 10, len(item))
    )
    labels = ratings(item, np.tile(np.arange(3), 100_000), said)
    for scale in PUBLISHED:
        begin = time.process_time()
        found = alpha(labels, scale)
        assert time.process_time() - begin < 5
        assert found.interval.halfwidth < 0.01
