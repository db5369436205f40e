"""Single pieces of evidence, each on rows made so that it must or must not be found."""

import numpy as np
import polars as pl

from milepost.training import clues
from milepost.training.clues import Case, Suspect

N = 2000
RNG = np.random.default_rng(0)
Y = (RNG.random(N) < 0.3).astype(np.int64)


def case(truth=Y, family="binary", **columns) -> Case:
    return Case(pl.DataFrame(columns), truth, family, 0)


def masked(gone) -> pl.Series:
    return pl.Series(
        [None if g else v for g, v in zip(gone, RNG.normal(size=N), strict=True)], dtype=pl.Float64
    )


def test_missingness_that_tells_is_named_and_proposed_to_leave() -> None:
    gone = np.where(Y == 1, RNG.random(N) < 0.95, RNG.random(N) < 0.03)
    found = clues.missing(case(paid=masked(gone)), "paid", 0.95)
    assert found is not None
    assert found.severity == "ask"
    assert found.drop
    assert "missing" in found.says


def test_missingness_by_chance_is_not_named() -> None:
    assert clues.missing(case(paid=masked(RNG.random(N) < 0.4)), "paid", 0.5) is None
    assert clues.missing(case(full=RNG.normal(size=N)), "full", 0.5) is None


def test_a_value_that_says_more_than_its_gaps_is_not_named() -> None:
    gone = np.where(Y == 1, RNG.random(N) < 0.5, RNG.random(N) < 0.1)
    assert clues.missing(case(paid=masked(gone)), "paid", 0.9) is None


def test_the_way_texts_are_written_is_a_leak_when_it_tells_more_than_they_say() -> None:
    codes = [f"{v:06d}" if y else f"{v:08d}" for v, y in zip(RNG.integers(0, 99999, N), Y, strict=True)]
    found = clues.written(case(code=codes), "code", 0.5)
    assert found is not None
    assert found.drop
    assert "length" in found.says
    sexes = np.where(Y == 1, "female", "male")
    assert clues.written(case(sex=sexes), "sex", 0.9) is None


def test_decimals_are_a_way_of_writing() -> None:
    values = np.where(Y == 1, RNG.integers(0, 100, N), RNG.random(N).round(3) * 100)
    found = clues.written(case(amount=values), "amount", 0.55)
    assert found is not None
    assert "decimals" in found.says


def test_a_pure_range_is_named() -> None:
    values = np.where((Y == 1) & (RNG.random(N) < 0.8), 100.0, RNG.random(N))
    found = clues.rule(case(x=values), "x")
    assert found is not None
    assert "range" in found.says
    assert clues.rule(case(x=RNG.random(N)), "x") is None


def test_columns_written_with_the_answer_are_blocked() -> None:
    frame = pl.DataFrame({"arrived": RNG.random(500), "planned": RNG.random(500)})
    pool = pl.DataFrame({"arrived": [None] * 40, "planned": RNG.random(40)}, schema=frame.schema)
    found = clues.with_answer(["arrived", "planned"], frame, pool, {"arrived": 0.6, "planned": 0.6})
    assert [(s.name, s.severity, s.drop) for s in found] == [("arrived", "block", True)]
    assert clues.with_answer(["arrived"], frame, pool.clear(), {"arrived": 0.6}) == []


def test_columns_that_are_empty_in_production_are_blocked() -> None:
    frame = pl.DataFrame({"a": [1.0, 2.0], "b": [1.0, 2.0], "c": [1.0, 2.0]})
    production = pl.DataFrame({"a": [1.0, 3.0], "b": [None, None]}, schema={"a": pl.Float64, "b": pl.Float64})
    found = clues.unavailable(["a", "b", "c"], frame, production, dict.fromkeys("abc", 0.6))
    assert [s.name for s in found] == ["b"]
    assert "always missing" in found[0].says


def test_power_that_fades_is_named_and_steady_power_is_not() -> None:
    early = np.arange(N) < N / 2
    steady = Y + RNG.normal(0, 0.7, N)
    fading = np.where(early, Y + RNG.normal(0, 0.3, N), RNG.normal(0, 1, N))
    made = case(steady=steady, fading=fading)
    found = clues.collapsed(made, {"steady": 0.85, "fading": 0.8, "noise": 0.5}, np.arange(N))
    assert [s.name for s in found] == ["fading"]
    assert clues.collapsed(made, {"steady": 0.85}, np.arange(N)) == []


def test_parts_of_a_sum_are_found() -> None:
    fare, tip, rest = RNG.gamma(3, 5, N), RNG.gamma(1, 3, N), RNG.normal(size=N)
    truth = fare + tip + RNG.normal(0, 0.1, N)
    made = case(truth, "regression", fare=fare, tip=tip, rest=rest)
    assert set(clues.parts_of_target(made, ["fare", "tip", "rest"])) == {"fare", "tip"}
    weighted = case(3 * fare - tip, "regression", fare=fare, tip=tip)
    assert clues.parts_of_target(weighted, ["fare", "tip"]) == ()


def test_evidence_of_two_detectors_is_joined() -> None:
    one = Suspect("x", "inform", ("stands out",), 0.8, "'x': alone it scores 0.800.", False)
    other = Suspect("x", "block", ("written with the answer",), 0.8, "'x' was written with the answer.", True)
    both = clues.joined(one, other)
    assert (both.severity, both.drop) == ("block", True)
    assert both.says == "'x' was written with the answer; alone it scores 0.800."


def test_moments_texts_and_truth_values_become_arrays() -> None:
    frame = pl.DataFrame({"t": ["2020-01-01", None], "b": [True, None]}).with_columns(
        pl.col("t").str.to_date()
    )
    assert clues.values(frame["t"]).tolist()[0] == 1577836800.0
    assert clues.values(frame["b"]).tolist() == ["true", None]
