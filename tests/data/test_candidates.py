"""What is proposed follows from what the columns are."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost.data.candidates import GROUPED_NUMBERS, GROUPS, NUMBERS, candidates, crowded
from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.modalities.made import GROUPED


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def proposed(frame, ranked=None):
    recipe = Recipe.of(frame, infer_schema(frame, ["y"]))
    return candidates(frame, recipe, ranked or [name for name in frame.columns if name != "y"])


def table(rng, rows=200):
    return pl.DataFrame(
        {
            "debt": rng.uniform(0, 10, rows),
            "income": rng.uniform(1, 12, rows),
            "balance": rng.normal(0, 5000, rows),
            "job": rng.choice(["a", "b", "c", "d"], rows),
            "left": pl.Series(rng.integers(0, 10**9, rows)).cast(pl.Datetime("ms")),
            "came": pl.Series(rng.integers(0, 10**9, rows)).cast(pl.Datetime("ms")),
            "y": rng.normal(size=rows),
        }
    )


def test_pairs_and_groups_are_proposed_with_their_columns(rng) -> None:
    found = proposed(table(rng))
    names = {field.name for field in found["pairs"]}
    assert {"debt / income", "debt - income", "left - came", "balance / debt"} <= names
    assert "debt - balance" not in names  # of other sizes: hardly of one unit
    assert "debt / balance" not in names  # a divisor on both sides of 0 jumps
    assert {field.names for field in found["groups"]} == {
        (number, "job") for number in ("debt", "income", "balance")
    }
    assert {field.modality for field in found["groups"]} == set(GROUPED)


def test_only_the_numbers_used_most_are_paired(rng) -> None:
    frame = pl.DataFrame({f"x{i}": rng.normal(size=60) for i in range(14)} | {"y": rng.normal(size=60)})
    ranked = [f"x{i}" for i in reversed(range(14))]
    used = {name for field in proposed(frame, ranked)["pairs"] for name in field.names}
    assert used == set(ranked[:NUMBERS])


def test_a_column_with_a_direction_stays_alone(rng) -> None:
    frame = table(rng)
    schema = infer_schema(frame, ["y"])
    columns = tuple(replace(c, monotone=1) if c.name == "income" else c for c in schema.columns)
    recipe = Recipe.of(frame, replace(schema, columns=columns))
    found = candidates(frame, recipe, list(frame.columns[:-1]))
    assert found["pairs"]
    assert all("income" not in field.names for fields in found.values() for field in fields)


def test_a_table_without_pairs_has_no_family(rng) -> None:
    assert proposed(pl.DataFrame({"x": np.arange(50) % 7 + 0.5, "y": rng.normal(size=50)})) == {}


@pytest.mark.parametrize(
    ("numbers", "groups", "matters"),
    [
        (NUMBERS, 0, False),
        (NUMBERS + 1, 0, True),
        (GROUPED_NUMBERS, GROUPS, False),
        (GROUPED_NUMBERS + 1, 1, True),
        (1, GROUPS + 1, True),
    ],
)
def test_the_order_of_columns_matters_where_there_are_more_than_are_paired(
    rng, numbers, groups, matters
) -> None:
    columns = {f"n{i}": rng.normal(size=300) for i in range(numbers)}
    columns |= {f"g{i}": rng.choice(list("abcdef"), 300) for i in range(groups)}
    frame = pl.DataFrame({**columns, "y": rng.normal(size=300)})
    assert crowded(Recipe.of(frame, infer_schema(frame, ["y"]))) is matters
    recipe = Recipe.of(frame, infer_schema(frame, ["y"]))
    there, back = (candidates(frame, recipe, order) for order in (list(columns), list(columns)[::-1]))
    tried = [{frozenset(f.names) for fields in one.values() for f in fields} for one in (there, back)]
    assert (tried[0] != tried[1]) is matters
