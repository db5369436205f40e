import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from milepost.statistics.delong import delong
from milepost.statistics.slices import Rows, Slice, auc_influence, compared, slices


def made(rows, seed, gap=0.0):
    rng = np.random.default_rng(seed)
    truth, names = rng.integers(0, 2, rows), rng.integers(0, 4, rows).astype(str)
    noise = np.where(names == "0", 0.25 + gap, 0.25)
    return names, truth, np.clip(0.5 + (truth - 0.5) * 0.4 + rng.normal(0, noise), 0.01, 0.99)


def losses(truth, p):
    return -np.log(np.where(truth == 1, p, 1 - p))


@pytest.mark.parametrize("kind", ["auc", "loss", "bootstrap"])
def test_scores_and_intervals_are_those_of_the_metric(kind):
    names, truth, p = made(4000, 0)
    score = roc_auc_score if kind == "auc" else log_loss
    rows = Rows(truth, p, score, losses(truth, p) if kind == "loss" else None, None, kind == "auc")
    for part in slices(names, rows):
        inside = names == part.name
        assert part.rows == inside.sum()
        assert part.score == pytest.approx(score(truth[inside], p[inside]))
        if kind == "auc":
            error = delong(truth[inside], p[inside]).covariance[0, 0] ** 0.5
        else:
            error = losses(truth[inside], p[inside]).std() / inside.sum() ** 0.5
        assert part.high - part.low == pytest.approx(3.92 * error, rel=0.3 if kind == "bootstrap" else 0.01)


@pytest.mark.parametrize("kind", ["auc", "loss"])
def test_equal_groups_are_rarely_marked_and_a_worse_one_surely(kind):
    def run(seed, gap):
        names, truth, p = made(1200, seed, gap)
        by_loss = losses(truth, p) if kind == "loss" else None
        score = roc_auc_score if kind == "auc" else log_loss
        return slices(names, Rows(truth, p, score, by_loss, None, kind == "auc"))

    marked = [any(part.differs for part in run(seed, 0.0)) for seed in range(60)]
    assert np.mean(marked) <= 0.15
    worse = {part.name: part.differs for part in run(0, 0.4)}
    assert worse["0"]


def test_rows_that_hang_together_widen_the_interval():
    names, truth, p = made(300, 1)
    repeated = [np.repeat(array, 20) for array in (names, truth, p)]
    units = np.repeat(np.arange(300), 20)
    plain = slices(repeated[0], Rows(*repeated[1:], roc_auc_score, None, None, True))
    clustered = slices(repeated[0], Rows(*repeated[1:], roc_auc_score, None, units, True))
    for one, other in zip(plain, clustered, strict=True):
        assert (other.high - other.low) > 3 * (one.high - one.low)


def test_small_groups_and_groups_of_one_class_are_left_out():
    names = np.array(["many"] * 200 + ["few"] * 20 + ["same"] * 60)
    truth = np.array([0, 1] * 110 + [1] * 60)
    p = np.linspace(0.1, 0.9, 280)
    assert [part.name for part in slices(names, Rows(truth, p, roc_auc_score, None, None, True))] == ["many"]
    assert slices(names, Rows(truth, p, roc_auc_score, None, None, True), most=0) == ()


def test_a_single_group_is_not_compared_with_itself():
    _, truth, p = made(400, 2)
    (part,) = slices(np.full(400, "all"), Rows(truth, p, roc_auc_score, None, None, True))
    assert not part.differs
    assert part.p == 1.0


def test_marks_count_the_groups_of_all_columns():
    def part(p):
        return Slice("g", 100, 0.5, 0.4, 0.6, p, False)

    alone = compared({"x": (part(0.03), part(0.9))})
    assert not any(s.differs for s in alone["x"])
    many = compared({"x": (part(0.001),), "y": tuple(part(0.5) for _ in range(30))})
    assert [s.differs for s in many["x"]] == [True]
    assert not any(s.differs for s in many["y"])
    assert compared({}) == {}


def test_influences_average_to_nothing_and_their_area_is_the_area():
    _, truth, p = made(500, 3)
    area, influence = auc_influence(truth, np.round(p, 1))
    assert area == pytest.approx(roc_auc_score(truth, np.round(p, 1)))
    assert influence.mean() == pytest.approx(0, abs=1e-12)
    assert np.isnan(auc_influence(np.ones(3), p[:3])[0])


def test_a_group_beside_which_all_others_are_of_one_class_is_told_and_not_compared():
    names = np.array(["most"] * 300 + ["rest"] * 60)
    truth = np.r_[np.tile([0, 1], 150), np.zeros(60, int)]
    p = np.random.default_rng(0).random(360)
    (only,) = slices(names, Rows(truth, p, roc_auc_score, auc=True))
    assert (only.name, only.p, only.differs) == ("most", 1.0, False)
