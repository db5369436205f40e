import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from milepost.errors import InputError
from milepost.statistics import resample as rs


def test_draws_keep_groups_whole() -> None:
    groups = np.array(["a", "b", "b", "c", "c", "c"])
    for rows in rs.draws(6, rs.Resampling(50, 0, groups)):
        counts = np.bincount(rows, minlength=6)
        assert counts[1] == counts[2]
        assert counts[3] == counts[4] == counts[5]


def test_draws_of_scattered_groups_hold_exactly_their_rows() -> None:
    groups = np.random.default_rng(0).integers(0, 7, 50)
    for rows in rs.draws(50, rs.Resampling(20, 1, groups)):
        times = np.bincount(rows, minlength=50)
        assert all(len(set(times[groups == g])) == 1 for g in range(7))
        assert sum(times[groups == g][0] for g in range(7)) == 7


def test_groups_of_one_row_are_rows() -> None:
    rows = [list(r) for r in rs.draws(9, rs.Resampling(5))]
    assert rows == [list(r) for r in rs.draws(9, rs.Resampling(5, groups=list("ihgfedcba")))]


def test_replicates_leave_out_undefined_resamples_and_refuse_when_most_are() -> None:
    truth, scores = np.array([1] + [0] * 7), np.arange(8.0)
    values = rs.replicates(roc_auc_score, [truth, scores], rs.Resampling(200))
    assert 100 < len(values) < 200
    with pytest.raises(InputError, match="undefined on 50 of 50"):
        rs.replicates(lambda _: 1 / 0, [scores], rs.Resampling(50))
    with pytest.raises(InputError, match="8 and 3 rows"):
        rs.replicates(roc_auc_score, [truth, scores[:3]], rs.Resampling(5))


def test_jackknife_blocks_keep_the_acceleration() -> None:
    skewed = np.random.default_rng(0).exponential(size=4000) ** 2
    every = skewed.mean() - (skewed.sum() - skewed) / 3999
    exact = (every**3).sum() / (6 * (every**2).sum() ** 1.5)
    left = rs.jackknife(np.mean, [skewed], rs.Resampling())
    assert len(left) == rs.BLOCKS
    blocks = rs.accelerated(np.sort(skewed[:100]), float(np.median(skewed[:100])), left).acceleration
    assert blocks == pytest.approx(exact, rel=0.35)


def test_bca_end_points_are_those_of_scipy() -> None:
    sample = np.random.default_rng(1).exponential(size=60)
    reference = stats.bootstrap(
        (sample,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    how = rs.Resampling(9999, 3)
    spread = rs.accelerated(
        rs.replicates(np.mean, [sample], how), float(sample.mean()), rs.jackknife(np.mean, [sample], how)
    )
    assert spread.quantile(0.025) == pytest.approx(reference.low, abs=0.015)
    assert spread.quantile(0.975) == pytest.approx(reference.high, abs=0.015)
    assert spread.acceleration > 0.01


def test_below_is_the_inverse_of_quantile() -> None:
    values = np.sort(np.random.default_rng(4).normal(size=5000))
    spread = rs.Spread(values, bias=0.1, acceleration=0.03)
    for share in (0.05, 0.3, 0.9):
        assert spread.below(spread.quantile(share)) == pytest.approx(share, abs=0.003)
    assert 0 < spread.below(-100) < 0.001
    assert 0.998 < spread.below(100) < 1


def test_constant_statistics_have_no_acceleration() -> None:
    spread = rs.accelerated(np.ones(10), 1.0, np.ones(5))
    assert (spread.bias, spread.acceleration) == (0, 0)
    assert spread.quantile(0.9) == 1
