"""What trees would take follows from rounds on a sample, and the same rows always give the same answer."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest

from milepost.learners.base import Batch, Job, learners
from milepost.steps.prepare import Prepare
from milepost.steps.probe import MADE, round_seconds, tree_seconds
from milepost.steps.protocol import Protocol


def waves(rows: int, noise: float, seed: int = 0) -> pl.DataFrame:
    """A surface that takes many rounds to learn, or, with noise, few that validation likes."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-3, 3, (rows, 6))
    score = np.sin(4 * x[:, 0]) * np.cos(3 * x[:, 1]) + np.sin(5 * x[:, 2] * x[:, 3])
    frame = pl.DataFrame({f"x{i}": x[:, i] for i in range(6)})
    high = score + noise * rng.logistic(size=rows) > 0
    return frame.with_columns(y=pl.Series(np.where(high, "yes", "no")))


def seconds(road, frame: pl.DataFrame) -> float:
    bench = road(frame)
    bench.run(Prepare())
    return tree_seconds(bench.work(Protocol()), bench.frame, 0.8)


def test_more_rows_and_more_rounds_take_longer(road) -> None:
    few, many = seconds(road, waves(1_000, 0.0)), seconds(road, waves(8_000, 0.0))
    noisy = seconds(road, waves(8_000, 5.0))
    assert few < many
    assert noisy < many / 2


def test_keys_of_categories_are_sought_for_every_row_and_column(road, monkeypatch) -> None:
    plain = waves(4_000, 5.0)
    words = pl.Series(np.random.default_rng(1).choice([*"abcdef"], 4_000))
    named = plain.with_columns(words.alias(f"w{i}") for i in range(20))
    whole, numbers = seconds(road, named), seconds(road, plain)
    monkeypatch.setattr("milepost.steps.probe.MADE", 0.0)
    assert whole - seconds(road, named) == pytest.approx(MADE * 0.8 * len(named) * 26, rel=0.3)
    assert numbers == seconds(road, plain), "numbers alone have no keys"


def test_the_same_rows_give_the_same_answer(road) -> None:
    assert seconds(road, waves(3_000, 0.5)) == seconds(road, waves(3_000, 0.5))


def test_too_few_rows_are_taken_for_usual_ones(road, monkeypatch) -> None:
    monkeypatch.setattr(learners["lightgbm"], "fit", lambda *_: pytest.fail("nothing is fitted"))
    assert 0 < seconds(road, waves(300, 0.5)) < 1


@pytest.mark.alone
def test_it_is_right_within_a_factor_of_four_of_what_the_processor_makes_of_a_round(road) -> None:
    frame = waves(20_000, 0.2)
    bench = road(frame)
    bench.run(Prepare())
    work = bench.work(Protocol())
    expected = tree_seconds(work, bench.frame, 0.8)
    x = bench.frame.drop("y").to_numpy().astype(np.float32)
    y = (bench.frame["y"] == "yes").to_numpy().astype(np.float64)
    head = work.task.head(work.task.encode(bench.frame.select("y")))
    cut = int(0.8 * len(x))
    params = learners["lightgbm"].portfolio(cut, x.shape[1], head)[0]

    def spent(rows: int, rounds: int | None = None) -> float:
        start = time.process_time()
        seen = Batch(x[cut:], y[cut:]) if rounds is None else Batch(x[:500], y[:500])
        learners["lightgbm"].fit(Batch(x[:rows], y[:rows]), seen, Job(params, head, rounds=rounds))
        return time.process_time() - start

    spent(2_000, 10)  # libraries are loaded
    slower = spent(2_000, 200) / 200 / round_seconds(2_000, x.shape[1], params["num_leaves"])
    assert expected / 4 < spent(cut) / slower < 4 * expected
