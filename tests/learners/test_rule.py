"""The existing solution is called as documented and calibrated on training rows only."""

import numpy as np
import polars as pl
import pytest

from milepost.errors import InputError, UsageError
from milepost.learners.rule import Rule
from milepost.tasks.classification import Binary, Multiclass
from milepost.tasks.infer import infer
from milepost.tasks.regression import Regression, Vector
from milepost.testing import toys

RULES = """
import pandas as pd
import polars as pl

def late(rows: pl.DataFrame):
    return rows["delay"] > 15

def late_pandas(rows: pd.DataFrame) -> "pd.Series":
    assert type(rows).__module__.startswith("pandas")
    return (rows["delay"] > 15).map({True: "yes", False: "no"})

def score(rows):
    return [row * 3.0 + 7 for row in rows["delay"]]

def short(rows):
    return [1, 2]

def broken(rows):
    raise KeyError("gone")

def peeks(rows):
    return rows["label"]

def pair(rows):
    return rows.select(pl.col("delay") * 2, plus=pl.col("delay") + 1)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules.py").write_text(RULES)
    return tmp_path


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    delay = rng.normal(10, 10, 400)
    label = np.where(rng.random(400) < np.where(delay > 15, 0.8, 0.1), "yes", "no")
    return pl.DataFrame({"delay": delay, "label": label})


def binary(frame):
    task = Binary.bind(frame.select("label"), positive="yes")
    return task, task.encode(frame.select("label"))


@pytest.mark.parametrize("name", ["late", "late_pandas"])
def test_answers_stand_for_training_rates(folder, frame, name):
    task, truth = binary(frame)
    fitted = Rule.of(f"rules.py:{name}", "", folder).fit(frame, truth, task)
    prediction = fitted.predict(frame)
    assert prediction.shape == (400,)
    late = (frame["delay"] > 15).to_numpy()
    rate = (truth[late].sum() + truth.mean()) / (late.sum() + 1)
    assert prediction[late] == pytest.approx(rate)
    assert len(set(prediction)) == 2
    assert task.losses(truth, prediction).mean() < task.losses(truth, np.full(400, truth.mean())).mean()


def test_scores_keep_their_order_and_get_calibrated(folder, frame):
    task, truth = binary(frame)
    prediction = Rule.of("rules.py:score", "", folder).fit(frame, truth, task).predict(frame)
    assert (np.argsort(prediction) == np.argsort(frame["delay"].to_numpy())).mean() > 0.99
    assert prediction.mean() == pytest.approx(truth.mean(), abs=0.002)
    assert task.losses(truth, prediction).mean() < task.losses(truth, np.full(400, truth.mean())).mean()


def test_a_column_of_probabilities_with_gaps(frame, tmp_path):
    task, truth = binary(frame)
    chance = 1 / (1 + np.exp(-(frame["delay"].to_numpy() - 15) / 5))
    held = frame.with_columns(pl.Series("today", chance)).with_columns(
        today=pl.when(pl.int_range(pl.len()) < 5).then(None).otherwise(pl.col("today"))
    )
    prediction = Rule.of("", "today", tmp_path).fit(held, truth, task).predict(held)
    assert prediction[:5] == pytest.approx(truth.mean())
    assert 0 < prediction.min() < prediction.max() < 1


def test_unseen_and_missing_answers(frame, tmp_path):
    task, truth = binary(frame)
    held = frame.with_columns(today=pl.when(pl.col("delay") > 15).then(pl.lit("a")).otherwise(None))
    fitted = Rule.of("", "today", tmp_path).fit(held, truth, task)
    new = fitted.predict(pl.DataFrame({"today": ["a", None, "never seen"]}))
    assert new[2] == pytest.approx(truth.mean())
    assert new[1] < new[2] < new[0]


def test_several_classes(tmp_path):
    kinds = pl.DataFrame({"kind": ["a", "b", "c", "b"] * 30, "today": ["x", "y", "y", "y"] * 30})
    task = Multiclass.bind(kinds.select("kind"))
    truth = task.encode(kinds.select("kind"))
    prediction = Rule.of("", "today", tmp_path).fit(kinds, truth, task).predict(kinds)
    assert prediction.shape == (120, 3)
    assert prediction.sum(axis=1) == pytest.approx(1)
    assert prediction[0].argmax() == 0
    assert prediction[1, 1] == pytest.approx(2 / 3, abs=0.01)


def test_numbers_stay_as_they_are(folder, frame):
    task = Regression.bind(frame.select("delay"))
    truth = task.encode(frame.select("delay"))
    held = frame.with_columns(today=pl.when(pl.col("delay") > 0).then(pl.col("delay") * 2))
    prediction = Rule.of("", "today", folder).fit(held, truth, task).predict(held)
    positive = (frame["delay"] > 0).to_numpy()
    assert prediction[positive] == pytest.approx(2 * truth[positive])
    assert prediction[~positive] == pytest.approx(truth.mean())
    with pytest.raises(InputError, match="no numbers"):
        Rule.of("", "label", folder).fit(frame, truth, task)


def test_a_vector_has_a_column_an_output(folder, frame):
    pair = frame.with_columns(other=pl.col("delay") ** 2, more=pl.col("delay") - 1)
    task = Vector.bind(pair.select("other", "more"))
    truth = task.encode(pair.select("other", "more"))
    prediction = Rule.of("rules.py:pair", "", folder).fit(pair, truth, task).predict(pair)
    assert prediction[:, 1] == pytest.approx(frame["delay"].to_numpy() + 1)


def test_errors_say_what_to_do(folder, frame):
    task, truth = binary(frame)
    with pytest.raises(UsageError, match="Did you mean 'late'"):
        Rule.of("rules.py:lat", "", folder)
    with pytest.raises(UsageError, match=r"rules.py:broken' raised KeyError"):
        Rule.of("rules.py:broken", "", folder).fit(frame, truth, task)
    with pytest.raises(InputError, match=r"shaped \(2, 1\)"):
        Rule.of("rules.py:short", "", folder).fit(frame, truth, task)
    with pytest.raises(InputError, match="Did you mean 'delay'"):
        Rule.of("", "dela", folder).fit(frame, truth, task)
    with pytest.raises(UsageError, match="no existing solution"):
        Rule.of("", "", folder)


def test_the_target_is_hidden(folder, frame):
    task, truth = binary(frame)
    with pytest.raises(UsageError, match="ColumnNotFound"):
        Rule.of("rules.py:peeks", "", folder).fit(frame, truth, task)


def test_answers_of_several_labels_stand_for_their_rates(tmp_path):
    rows = toys.tickets(900, noise=0.3)
    task, _ = infer(rows.select("topics"))
    truth = task.encode(rows.select("topics"))
    said = rows.with_columns(guess=rows["topics"].str.replace("bug;", ""))
    made = Rule.of("", "guess", tmp_path).fit(said[:600], truth[:600], task)
    found = made.predict(said[600:])
    assert found.shape == (300, 5)
    naive = task.losses(truth[600:], task.repeat(task.naive(truth[:600]), 300)).mean()
    assert task.losses(truth[600:], found).mean() < 0.7 * naive
    unknown = made.predict(said[600:602].with_columns(guess=pl.lit("never said")))
    assert unknown[0] == pytest.approx(task.naive(truth[:600]))
