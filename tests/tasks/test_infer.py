from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from milepost.errors import InputError, UsageError
from milepost.tasks.infer import infer

RANDOM = np.random.default_rng(0)
TARGETS: dict[str, tuple[object, str]] = {
    "truth": ([True, False] * 50, "binary"),
    "zero one": ([0, 1] * 50, "binary"),
    "zero one as floats": ([0.0, 1.0] * 50, "binary"),
    "two words": (["a", "b"] * 50, "binary"),
    "three words": (["a", "b", "c"] * 30, "multiclass"),
    "forty words": ([f"w{i % 40}" for i in range(400)], "multiclass"),
    "grades": (RANDOM.integers(1, 6, 100), "multiclass"),
    "digits": (RANDOM.integers(0, 10, 100), "multiclass"),
    "counts": (RANDOM.integers(0, 15, 200), "regression"),
    "many whole numbers": (RANDOM.integers(0, 500, 200), "regression"),
    "numbers": (RANDOM.normal(size=100), "regression"),
    "few fractions": ([0.5, 1.5, 2.25] * 30, "regression"),
}


@pytest.mark.parametrize("case", TARGETS)
def test_the_target_says_which_task_it_poses(case: str) -> None:
    values, name = TARGETS[case]
    task, why = infer(pl.DataFrame({"y": values}))
    assert task.name == name
    assert why.endswith(".")
    assert "'y'" in why


def test_several_columns_of_numbers_are_a_vector() -> None:
    task, why = infer(pl.DataFrame({"lat": RANDOM.normal(size=50), "lon": RANDOM.normal(size=50)}))
    assert task.name == "vector"
    assert task.targets == ("lat", "lon")
    assert "2 target columns" in why


def test_the_brief_has_the_last_word() -> None:
    grades = pl.DataFrame({"y": RANDOM.integers(1, 6, 100)})
    task, why = infer(grades, "regression")
    assert (task.name, why) == ("regression", "the brief says so.")
    asked, why = infer(pl.DataFrame({"y": ["a", "b"] * 50}), None, "b")
    assert asked.positive == "b"
    assert "because the brief says so" in why
    with pytest.raises(UsageError, match="Did you mean 'regression'"):
        infer(grades, "regresion")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ({"y": [f"u{i}" for i in range(50)]}, "identifier"),
        ({"y": list(range(50))}, "identifier"),
        ({"y": [3] * 50}, "Plain statistics"),
        ({"y": [1, 0] * 3}, "6 labelled rows"),
        ({"y": [dt.date(2020, 1, 1 + i % 9) for i in range(50)]}, "no task suits"),
        ({"y": ["a", "b"] * 20, "z": [1.0, 2.0] * 20}, "no task suits"),
        ({}, "no target column"),
    ],
)
def test_what_is_no_task_is_refused(target: dict[str, list[object]], says: str) -> None:
    with pytest.raises(InputError, match=says):
        infer(pl.DataFrame(target))
