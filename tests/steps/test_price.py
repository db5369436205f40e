from __future__ import annotations

import numpy as np
import polars as pl
from tests.data.test_copies import pictures
from tests.data.test_nearimage import painted

from milepost import metrics
from milepost.data.copies import copies
from milepost.steps.prepare import Prepare
from milepost.steps.price import Price, Quick, price, priced, split_noise
from milepost.steps.protocol import Protocol
from milepost.testing import toys


def quick(bench, groups=None, most=4000):
    bench.run(Prepare())
    rows = np.arange(bench.frame.height) if groups is None else groups
    return Quick.of(bench.work(Protocol()), metrics.get("roc_auc"), bench.frame, rows, most)


def test_copies_on_both_sides_promise_too_much(road, related) -> None:
    frame = related(300, noise=4.0)
    twice = pl.concat([frame, frame.with_columns(pl.col("x0") + 1e-6)])
    groups = np.tile(np.arange(300), 2)
    found = price(quick(road(twice, groups=groups), groups), 5)
    assert found.apart > found.together + 0.1
    assert found.rows == 600
    assert "would have promised roc_auc" in found.says


def test_rows_that_belong_together_are_taken_first(road, related) -> None:
    groups = np.concatenate([np.repeat(np.arange(20), 2), np.arange(100, 360)])
    few = quick(road(related(300)), groups, most=100)
    assert set(range(40)) <= set(few.rows.tolist())
    assert len(few.rows) == 100


def test_few_rows_are_noisier_to_divide_than_many(road, related) -> None:
    small, large = (quick(road(related(rows))) for rows in (100, 2000))
    few, many = (split_noise(q, 5, False, False, 60.0) for q in (small, large))
    assert few is not None
    assert many is not None
    assert few > many > 0
    assert split_noise(small, 5, False, False, 0.0) is None


def test_of_many_labels_a_few_are_learnt(road) -> None:
    frame = toys.tickets(300).drop("ticket").rename({"topics": "y"})
    way = road(frame, "multilabel", "macro_average_precision")
    made = quick(way, np.arange(300))
    assert made.task.labels == ("billing", "bug", "login")
    assert made.truth.shape == (300, 3)
    assert made.score(made.folds(3, False, 0)) > 0.6


def test_copied_pictures_promise_too_much(road, tmp_path) -> None:
    base = [painted(seed, 48) for seed in range(90)]
    names = pictures(tmp_path, base) + pictures(tmp_path, base, format="JPEG", quality=80)
    labels = np.random.default_rng(0).choice(["no", "yes"], 90)
    frame = pl.DataFrame({"photo": names, "y": np.tile(labels, 2)})
    groups = copies(frame, ["photo"]).ids
    assert len(np.unique(groups)) <= 95, "the copies are found"
    found = price(quick(road(frame, groups=groups), groups), 5)
    assert found.apart > found.together + 0.1, "labels drawn at random cannot be told but by heart"
    assert abs(found.together - 0.5) < 0.2


def test_what_was_not_measured_is_told() -> None:
    assert "was not measured" in priced(None, True)[0].text
    assert priced(None, False) == []
    assert priced(Price("auc", 0.9, 0.8, 10, "Too much."), False)[0].text == "Too much."
