import numpy as np
import pytest

from milepost.errors import InputError
from milepost.statistics import power as pw
from milepost.statistics.compare import mcnemar, paired_t


@pytest.mark.parametrize(("psi", "delta", "rows"), [(0.10, 0.02, 1960), (0.2, 0.05, 626)])
def test_rows_for_accuracy_reference(psi: float, delta: float, rows: int) -> None:
    assert pw.required_rows_accuracy(psi, delta) == rows


@pytest.mark.parametrize(("n", "seen"), [(200, 0.0626), (1000, 0.0280), (5000, 0.0125), (20000, 0.0063)])
def test_detectable_accuracy_reference(n: int, seen: float) -> None:
    assert pw.mde_accuracy(0.1, n) == pytest.approx(seen, abs=5e-5)


@pytest.mark.parametrize(("p", "rows"), [(0.80, 6147), (0.90, 3458), (0.95, 1825), (0.99, 381)])
def test_holdout_rows_reference(p: float, rows: int) -> None:
    assert pw.holdout_rows(p, 0.01) == rows


def test_simulated_power_is_the_power_asked_for() -> None:
    draws = np.random.default_rng(0).multinomial(1960, [0.06, 0.04, 0.9], 1500)
    seen = [mcnemar([[0, a], [b, rest]]).p_two < 0.05 for a, b, rest in draws]
    assert np.mean(seen) == pytest.approx(0.797, abs=0.03)


def test_more_rows_shrink_the_error_as_predicted() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(0, 1, 20_000), rng.normal(0.05, 1, 20_000)
    pilot = paired_t(a[:2000], b[:2000])
    rows = pw.required_rows(2000, pilot.standard_error, 0.05)
    found = [paired_t(rng.normal(0, 1, rows), rng.normal(0.05, 1, rows)).p_two < 0.05 for _ in range(300)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.08)


def test_facts_of_an_undecided_comparison() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(0, 1, 100), rng.normal(0.1, 1, 100)
    up, down = paired_t(a, b), paired_t(b, a)
    gaining, losing = (up, down) if up.gain > 0 else (down, up)
    facts = pw.power_of(gaining, 100)
    assert facts.mde == pytest.approx(2.8016 * gaining.standard_error, rel=1e-4)
    assert facts.rows_needed == pytest.approx(100 * (facts.mde / facts.gain) ** 2, abs=1)
    assert (facts.gain, facts.interval, facts.n) == (gaining.gain, gaining.interval, 100)
    assert pw.power_of(losing, 100).rows_needed is None


def test_impossible_questions_are_refused() -> None:
    with pytest.raises(InputError, match=r"psi=0.01 and delta=0.02"):
        pw.required_rows_accuracy(0.01, 0.02)
    with pytest.raises(InputError, match="delta=0"):
        pw.required_rows(10, 0.1, 0)
    with pytest.raises(InputError, match="power=1"):
        pw.mde(0.1, power=1)
    with pytest.raises(InputError, match="halfwidth=0"):
        pw.holdout_rows(0.5, 0)
    with pytest.raises(InputError, match="n=0"):
        pw.mde_accuracy(0.1, 0)
