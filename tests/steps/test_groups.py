import numpy as np
import polars as pl

from milepost import metrics
from milepost.statistics.weak import Weak
from milepost.steps.groups import banded, groups, told
from milepost.steps.seen import Seen
from milepost.tasks.base import tasks

TASK = tasks["binary"].of({"targets": ["late"], "labels": ["no", "yes"]})


def seen(rows=4000, spoilt=0.6):
    rng = np.random.default_rng(3)
    sex, age = rng.choice(["f", "m"], rows), rng.uniform(18, 80, rows)
    truth = rng.integers(0, 2, rows)
    noise = np.where(sex == "f", spoilt, 0.15)
    score = np.clip(0.5 + (truth - 0.5) * 0.5 + rng.normal(0, noise), 0.01, 0.99)
    rare = np.where(np.arange(rows) < 30, "few", "many")
    frame = pl.DataFrame({"sex": sex, "age": age, "rare": rare})
    return Seen(TASK, np.arange(rows), frame, truth, score, np.arange(rows), None)


def test_the_group_that_is_served_worse_is_marked_and_the_others_are_not():
    for name in ("roc_auc", "log_loss", "accuracy"):
        found = groups(seen(), metrics.get(name), ["sex"], ["age"], 0.5)
        assert all(part.differs for part in found.scores["sex"]), name
        assert not any(part.differs for part in found.scores["age"]), name


def test_rates_of_people_are_counted_with_intervals():
    rows = seen()
    found = groups(rows, metrics.get("roc_auc"), ["sex"], [], 0.5)
    table = {row[0]: row for row in found.rates[0].rows}
    inside = (rows.frame["sex"] == "f").to_numpy() & (rows.truth == 1)
    share = float((rows.prediction[inside] >= np.float32(0.5)).mean())
    assert table["f"][4].startswith(f"{100 * share:.1f}".rstrip("0").rstrip("."))
    assert found.rates[0].head[0] == "sex"
    assert not groups(rows, metrics.get("roc_auc"), [], ["sex"], 0.5).rates


def test_small_groups_and_missing_columns_are_said_not_shown():
    found = groups(seen(), metrics.get("roc_auc"), ["rare", "height"], [], 0.5)
    assert [part.name for part in found.scores["rare"]] == ["many"]
    assert found.notes == (
        "rare: 1 group with under 50 rows is not told.",
        "There is no column 'height' to compare groups by.",
    )


def test_weak_spots_are_found_and_told():
    found = groups(seen(spoilt=0.9), metrics.get("roc_auc"), ["sex", "age"], [], 0.5)
    assert found.weak
    assert "sex is f" in found.weak[0].says
    assert not groups(seen(spoilt=0.15), metrics.get("roc_auc"), ["sex", "age"], [], 0.5).weak
    table = told([Weak("x up to 3", 100, 0.125, 0.7, 0.6, 0.8, 0.4, 1e-4)])
    assert table.rows == (("x up to 3", "12.5 %", "0.7 (0.6 to 0.8)", "0.4"),)


def test_numbers_of_many_values_are_put_in_bands():
    assert set(banded(pl.Series([1, 2, 1, None]))) == {"1", "2", "missing"}
    bands, counts = np.unique(banded(pl.Series(np.arange(100.0))).astype(str), return_counts=True)
    assert len(bands) == 5
    assert counts.tolist() == [20, 20, 20, 20, 20]
    assert set(banded(pl.Series([0.5] * 30 + [None]))) == {"0.5", "missing"}
