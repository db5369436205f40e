import math

import pytest
from scipy import stats

from milepost.statistics.comparison import decide, student


@pytest.mark.parametrize(
    ("better", "equal", "worse", "said"),
    [
        (0.96, 0.03, 0.01, "beats"),
        (0.01, 0.96, 0.03, "equivalent"),
        (0.02, 0.02, 0.96, "worse"),
        (0.9, 0.1, 0.0, "undecided"),
    ],
)
def test_decide_wants_more_than_95_percent(better: float, equal: float, worse: float, said: str) -> None:
    assert decide(better, equal, worse) == said


def test_probabilities_sum_to_one_and_p_is_one_sided() -> None:
    found = student(0.02, 0.01, 9, 0.005, "t")
    assert found.p_better + found.p_equal + found.p_worse == pytest.approx(1)
    assert found.p == pytest.approx(stats.t.sf(2, 9))
    assert found.p_two == pytest.approx(2 * found.p)
    assert found.p_better == pytest.approx(stats.t.cdf(1.5, 9))
    assert found.interval.halfwidth == pytest.approx(stats.t.ppf(0.975, 9) * 0.01)


def test_significant_but_negligible_gain_beats_the_gate_and_is_called_equivalent() -> None:
    found = student(0.002, 0.0005, math.inf, 0.01, "t")
    assert found.beats
    assert found.says == "equivalent"


def test_no_spread_means_certainty() -> None:
    same, more, less = (student(gain, 0.0, 5, 0.0, "t") for gain in (0.0, 0.1, -0.1))
    assert (same.says, same.beats, same.p_two) == ("equivalent", False, 1.0)
    assert (more.says, more.beats, more.p) == ("beats", True, 0.0)
    assert (less.says, less.beats, less.p_two) == ("worse", False, 0.0)
