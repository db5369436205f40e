"""What is missing, never seen, absent or slow is told with its rate."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost.monitors.health import MATTERS, Health


def test_without_a_change_all_is_quiet(normal, window) -> None:
    found = Health().watch(window(1000), normal)
    assert {s.name for s in found} == {"missing x", "missing z", "missing c", "missing at", "unseen c"}
    assert max(s.size for s in found) < MATTERS


def test_rates_that_rose_are_told(normal, window) -> None:
    every = pl.int_range(pl.len()) % 2 == 0
    changed = {
        "z": pl.when(every).then("z"),
        "c": pl.when(every).then(pl.lit("new")).otherwise("c"),
        "x": pl.when(every).then(pl.lit("broken")).otherwise(pl.col("x").cast(pl.String)),
    }
    found = {s.name: s for s in Health().watch(window(1000, **changed), normal)}
    assert found["missing z"].size == pytest.approx(0.45, abs=0.05)
    assert found["missing x"].size == pytest.approx(0.5, abs=0.03)  # text where a number belongs
    assert found["unseen c"].size == pytest.approx(0.5, abs=0.02)
    assert "(new)" in found["unseen c"].says


def test_a_column_that_did_not_come_is_wholly_missing(normal, window) -> None:
    made = window()
    found = {s.name: s for s in Health().watch(replace(made, frame=made.frame.drop("x", "c")), normal)}
    assert found["missing x"].size > 0.95
    assert "did not come at all" in found["missing x"].says
    assert "unseen c" not in found


def test_slow_answers_are_held_against_the_limit_of_the_brief(normal, window) -> None:
    fast, slow = (replace(window(), ms=np.full(500, ms)) for ms in (1.0, 9.0))
    signal = Health().watch(fast, normal)[-1]
    assert (signal.name, signal.size, signal.limited) == ("latency", 0.0, True)
    assert Health().watch(slow, normal)[-1].size == pytest.approx(0.8)
    free = Health().watch(slow, replace(normal, limits={}))[-1]
    assert free.size == 0.0
    assert "allowed" not in free.says


def test_refused_requests_are_counted_with_their_commonest_reason(normal, window) -> None:
    assert "errors" not in {s.name for s in Health().watch(window(), normal)}
    made = window(990)
    quiet = {s.name: s for s in Health().watch(replace(made, errors=()), normal)}["errors"]
    assert (quiet.size, quiet.now, quiet.limited) == (0.0, 0.0, True)
    few = {s.name: s for s in Health().watch(replace(made, errors=["age: text"] * 10), normal)}["errors"]
    assert few.now == pytest.approx(0.01)
    assert few.size < few.least  # one in a hundred may be chance
    many = ["age: text"] * 30 + ["body: no JSON"] * 9
    found = {s.name: s for s in Health().watch(replace(made, errors=many), normal)}["errors"]
    assert found.size > found.least
    assert "most often (30 times) for 'age: text'" in found.says
