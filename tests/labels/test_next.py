"""What to label next, on clouds of points whose classes are known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from milepost.errors import InputError
from milepost.labels.next import Gain, arms, choose, close, gain, margins, pays, similar, typical

Array = np.ndarray


def clouds(seed: int, sizes: tuple[int, ...], apart: float = 6.0) -> tuple[Array, Array]:
    """Points (rows, 8) around one center a class."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(0, apart, (len(sizes), 8))
    classes = np.repeat(np.arange(len(sizes)), sizes)
    return centers[classes] + rng.normal(size=(len(classes), 8)), classes


def test_without_a_model_every_cloud_gets_its_typical_item() -> None:
    place, classes = clouds(0, (400, 300, 30, 20, 10))
    found = typical(place, 5)
    assert sorted(classes[found]) == [0, 1, 2, 3, 4], "chance would have missed the small ones"
    for at in found:
        center = place[classes == classes[at]].mean(0)
        spread = np.linalg.norm(place[classes == classes[at]] - center, axis=1)
        assert np.linalg.norm(place[at] - center) < np.median(spread)


def test_clouds_with_labels_wait() -> None:
    place, classes = clouds(1, (200, 200, 200, 200))
    labelled = np.concatenate([place[classes == 0][:1], place[classes == 1][:1]])
    found = typical(np.concatenate([place[classes == k][1:] for k in range(4)]), 2, labelled)
    assert sorted(np.repeat(range(4), 199)[found]) == [2, 3]


def test_close_calls_are_close_and_differ() -> None:
    rng = np.random.default_rng(2)
    place = rng.normal(size=(2000, 2))
    place[:50] = rng.normal([0.01, 3.0], 1e-3, (50, 2))
    probability = 1 / (1 + np.exp(-4 * place[:, 0]))
    table = np.column_stack([1 - probability, probability])
    found = close(table, place, 20)
    assert len(found) == len(np.unique(found)) == 20
    assert margins(table)[found].max() < np.quantile(margins(table), 0.2)
    assert (found < 50).sum() <= 3, "fifty copies of one close call are one close call"


def test_margins_of_classes_and_of_one_label() -> None:
    assert margins(np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])).tolist() == pytest.approx([0.2, 0.7])
    assert margins(np.array([[0.5], [0.9]])).tolist() == pytest.approx([0, 0.8])


def test_a_fifth_is_random_whatever_the_model_says() -> None:
    place, _ = clouds(3, (500, 500))
    rng = np.random.default_rng(0)
    table = rng.dirichlet([1, 1], 1000)
    drawn = np.zeros(1000)
    for seed in range(200):
        chosen = choose(place, 50, table, counts=[30, 30], seed=seed)
        assert len(np.unique(chosen.rows)) == 50
        assert chosen.reasons.count("random") == 10
        assert set(chosen.reasons) == {"random", "margin"}
        drawn[chosen.rows[np.array(chosen.reasons) == "random"]] += 1
    close_calls = margins(table) < np.median(margins(table))
    assert drawn[close_calls].mean() == pytest.approx(drawn[~close_calls].mean(), abs=0.35)
    assert drawn.sum() == 2000


def test_the_model_is_asked_when_there_are_labels_enough() -> None:
    place, _ = clouds(4, (100, 100))
    table = np.full((200, 2), 0.5)
    assert "typical" in choose(place, 20).reasons
    assert "typical" in choose(place, 20, table, place[:20], [17, 2]).reasons
    assert "margin" in choose(place, 20, table, place[:20], [10, 10]).reasons
    assert "margin" in choose(place, 20, table, place[:20], [19, 1]).reasons, (
        "a rare class is no reason to wait"
    )


def test_small_pools_come_whole() -> None:
    place = np.arange(5.0)[:, None]
    assert sorted(choose(place, 9).rows) == [0, 1, 2, 3, 4]
    assert sorted(choose(place, 9, np.full((5, 2), 0.5)).rows) == [0, 1, 2, 3, 4]
    assert len(typical(np.ones((6, 2)), 3)) == 3
    assert len(close(np.full((6, 2), 0.5), np.ones((6, 2)), 3)) == 3
    with pytest.raises(InputError, match="One row an item"):
        choose(place, 2, np.ones((3, 2)))


def test_items_like_the_examples_come_first() -> None:
    place, classes = clouds(5, (50, 50, 50))
    found = similar(place, place[classes == 1][:2], 40)
    assert (classes[found] == 1).all()
    between = (place[classes == 0].mean(0) + place[classes == 1].mean(0)) / 2
    pool = np.concatenate([place, [between]])
    plain = similar(pool, place[classes == 1][:2], 51).tolist()
    told = similar(pool, place[classes == 1][:2], 51, place[classes == 0][:2]).tolist()
    assert told.index(150) >= plain.index(150)


def test_choosing_finds_rare_classes_sooner_than_chance() -> None:
    gains = []
    for seed in range(6):
        place, classes = clouds(seed, (1500, 60, 40, 30), apart=1.6)
        rng = np.random.default_rng(seed)
        test = rng.random(len(classes)) < 0.3
        pool, x, y = np.flatnonzero(~test), place, classes
        first = pool[choose(x[pool], 40, seed=seed).rows]
        drawn = rng.choice(pool, 120, replace=False)
        have = first
        for _ in range(4):
            left = pool[~np.isin(pool, have)]
            model = LogisticRegression().fit(x[have], y[have])
            counts = np.bincount(y[have], minlength=4).tolist()
            picked = choose(x[left], 20, model.predict_proba(x[left]), x[have], counts, seed)
            have = np.concatenate([have, left[picked.rows]])

        def recall(rows: Array, y: Array = y, x: Array = x, test: Array = test) -> float:
            said = LogisticRegression().fit(x[rows], y[rows]).predict(x[test])
            return float(np.mean([(said[y[test] == k] == k).mean() for k in np.unique(y)]))

        gains.append(recall(have) - recall(drawn))
    assert np.mean(gains) > 0.03, gains


def test_arms_have_as_many_labels_and_share_no_test() -> None:
    rng = np.random.default_rng(0)
    reasons = np.where(rng.random(500) < 0.2, "random", "margin")
    told = arms(reasons.tolist())
    tested = np.concatenate([arm.test for arm in told])
    assert sorted(tested) == np.flatnonzero(reasons == "random").tolist()
    for arm in told:
        assert len(arm.random) == len(arm.chosen)
        assert (reasons[arm.random] == "random").all()
        assert (reasons[arm.chosen] == "random").mean() == pytest.approx(0.2, abs=0.1)
        assert not set(arm.test) & (set(arm.random) | set(arm.chosen))
        assert arm.chosen.max() < 130, "the first labels given"
    with pytest.raises(InputError, match="There are 3 labels"):
        arms(["random"] * 3)


def test_choosing_is_switched_off_after_three_rounds_that_speak_against_it() -> None:
    bad, good, unsure = Gain(-0.1, 0.03), Gain(0.1, 0.03), Gain(-0.02, 0.03)
    assert pays([])
    assert pays([bad, bad])
    assert not pays([bad, bad, bad])
    assert not pays([good, bad, bad, bad])
    assert pays([bad, bad, good, good])
    assert pays([unsure] * 5)


def test_the_switch_spares_what_helps_and_ends_what_harms() -> None:
    """Ten rounds of 100 labels, a fifth of them at random; the models agree on most of them."""

    def ends(better: float) -> float:
        off = 0
        for seed in range(200):
            rng = np.random.default_rng(seed)
            hard = rng.random(200)
            gains = []
            for at in range(1, 11):
                random, chosen = (
                    np.where(rng.random(20 * at) < 0.85, hard[: 20 * at], rng.random(20 * at))
                    for _ in range(2)
                )
                gains.append(gain(chosen < 0.8 + better, random < 0.8))
            off += not all(pays(gains[:at]) for at in range(1, 11))
        return off / 200

    assert ends(0.04) < 0.1
    assert ends(-0.1) > 0.9


def test_a_gain_has_an_error() -> None:
    rng = np.random.default_rng(0)
    values = [gain(rng.random(400) < 0.8, rng.random(400) < 0.7) for _ in range(200)]
    assert np.mean([one.value for one in values]) == pytest.approx(0.1, abs=0.01)
    assert np.std([one.value for one in values]) == pytest.approx(values[0].error, rel=0.2)
    assert gain(np.array([1]), np.array([0])).error == float("inf")
