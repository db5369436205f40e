import math

import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics import seal


def binomial(p: float, n: int) -> float:
    return math.sqrt(p * (1 - p) / n)


def test_drop_reference_raw_and_corrected() -> None:
    s_v, s_u = binomial(0.92, 2000), binomial(0.90, 1000)
    raw = seal.drop_test(0.92, s_v, 0.90, s_u)
    assert raw.standard_error == pytest.approx(0.01126, abs=5e-6)
    assert (raw.z, raw.p) == pytest.approx((1.776, 0.0379), abs=5e-4)
    assert raw.verdict == "below"
    corrected = seal.drop_test(0.912, math.hypot(s_v, 0.002), 0.90, s_u)
    assert (corrected.z, corrected.p) == pytest.approx((1.049, 0.147), abs=5e-4)
    assert corrected.verdict == "as expected"


def test_newcombe_reference() -> None:
    found = seal.newcombe(1840, 2000, 900, 1000)
    assert (found.low, found.high) == pytest.approx((-0.0013, 0.0430), abs=5e-5)
    with pytest.raises(InputError, match="5 right of 4"):
        seal.newcombe(5, 4, 1, 2)


def test_prediction_interval_holds_the_test_score_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    validation, test = rng.binomial(2000, 0.9, 3000) / 2000, rng.binomial(800, 0.9, 3000) / 800
    inside = [
        seal.prediction_interval(v, binomial(v, 2000), binomial(0.9, 800)).contains(u)
        for v, u in zip(validation, test, strict=True)
    ]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)


def test_the_drop_test_keeps_its_level_and_its_power() -> None:
    rng = np.random.default_rng(1)
    s = binomial(0.9, 1000)
    detectable = seal.drop_test(0.9, s, 0.9, s).detectable
    assert detectable == pytest.approx((1.645 + 0.84) * s * math.sqrt(2))
    for drop, share in ((0.0, 0.05), (detectable, 0.8)):
        v, u = 0.9 + s * rng.normal(size=2000), 0.9 - drop + s * rng.normal(size=2000)
        seen = [seal.drop_test(a, s, b, s).verdict == "below" for a, b in zip(v, u, strict=True)]
        assert np.mean(seen) == pytest.approx(share, abs=0.025)


def test_verdicts_follow_the_direction_of_the_metric_and_what_matters() -> None:
    assert seal.drop_test(0.30, 0.01, 0.40, 0.01, "lower").verdict == "below"
    assert seal.drop_test(0.30, 0.01, 0.20, 0.01, "lower").verdict == "above"
    assert seal.drop_test(0.90, 0.03, 0.89, 0.03, matters=0.02).verdict == "cannot tell"
    assert seal.drop_test(0.90, 0.03, 0.89, 0.03, matters=0.2).verdict == "as expected"
    assert seal.drop_test(0.90, 0.03, 0.70, 0.03, matters=0.02).verdict == "below"


def test_scores_without_error_are_compared_as_they_are() -> None:
    assert seal.drop_test(1.0, 0.0, 1.0, 0.0).verdict == "as expected"
    assert seal.drop_test(1.0, 0.0, 0.99, 0.0).verdict == "below"
    with pytest.raises(InputError, match="nan"):
        seal.drop_test(1.0, math.nan, 1.0, 0.1)


@pytest.mark.parametrize(
    ("better", "raw", "v", "u"), [("higher", 0.92, 0.912, 0.8), ("lower", 0.08, 0.088, 0.2)]
)
def test_parts_add_up(better: seal.Better, raw: float, v: float, u: float) -> None:
    parts = seal.decompose(raw, v, u, 0.01, 0.02, better)
    assert parts.total == pytest.approx(parts.optimism + parts.rest)
    assert parts.optimism == pytest.approx(0.008)
    assert parts.noise == pytest.approx(math.hypot(0.01, 0.02))
    assert not parts.explained
    assert seal.decompose(raw, v, v, 0.01, 0.02, better).explained
