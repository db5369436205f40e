"""Understanding rows: schema, copies, verdicts, artifacts, and what later steps read."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.data.schema import Schema
from milepost.steps.understand import schema_of
from milepost.testing import toys


def understood(folder: Path, table: pl.DataFrame, target: str = "bought", **options) -> Project:
    project = Project.new(folder / "p", table, target, budget="6s", **options)
    project.run(until="understand", yes=True)
    return project


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Project:
    table = toys.shop(600).drop("tier", "spent").with_columns(again=pl.col("age"), one=pl.lit(1))
    return understood(tmp_path_factory.mktemp("plain"), table)


def test_copies_and_constants_are_left_out_with_the_reason(plain: Project) -> None:
    found = plain.found("understand")
    assert found.repeated == ("again",)
    columns = {column["name"]: column for column in found.schema}
    assert columns["again"]["role"] == "ignored"
    assert columns["again"]["why"] == "it repeats 'age'."
    assert columns["one"]["role"] == columns["visit"]["role"] == "ignored"
    assert isinstance(schema_of(found), Schema)


def test_an_honest_table_passes(plain: Project) -> None:
    last = plain.ledger.last("understand")
    assert last.verdict == "passed", last.reason
    assert plain.found("understand").excluded == ()


def test_example_rows_and_places_are_of_development_rows(plain: Project) -> None:
    kept = plain.ledger.last("understand").artifacts
    few = plain.blobs.get_frame(kept["examples"])
    sealed = plain.blobs.get_frame(plain.ledger.last("collect").artifacts["test"])
    assert few.height == 10
    assert not set(few["visit"]) & set(sealed["visit"])
    (place,) = (name for name in kept if name.startswith("map."))
    development = plain.found("collect").development
    assert plain.blobs.get_array(kept[place]).shape == (development, 2)


def test_every_kind_of_target_is_understood(tmp_path: Path) -> None:
    table = toys.shop(500).drop("visit")
    (tmp_path / "tier").mkdir()
    (tmp_path / "spent").mkdir()
    classes = understood(tmp_path / "tier", table.drop("bought", "spent"), "tier").found("understand")
    numbers = understood(tmp_path / "spent", table.drop("bought", "tier"), "spent").found("understand")
    assert classes.together > 0.6
    assert numbers.together > 0.3
    assert classes.excluded == numbers.excluded == ()


def test_time_trends_and_a_random_split_are_noted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = toys.shop(900).drop("tier", "spent", "visit", "bought").sort("joined")
    late = np.where(rng.random(900) < np.linspace(0.1, 0.8, 900), "yes", "no")
    table = table.with_columns(late=pl.Series(late))
    project = understood(tmp_path, table, "late", time="joined", split="random")
    last = project.ledger.last("understand")
    assert last.verdict == "noted"
    assert "--split time" in last.reason
    found = project.found("understand")
    assert sum(found.order.slices.rows) == found.profile.rows


def test_no_column_left_fails(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    project = understood(tmp_path, pl.DataFrame({"y": y, "copy": np.where(y == 1, "a", "b")}), "y")
    last = project.ledger.last("understand")
    assert last.verdict == "failed"
    assert "No column is left" in last.reason


def test_suspects_that_nobody_confirmed_are_told_of(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    fare, tip = rng.gamma(4, 4, 600), rng.gamma(2, 1, 600) * (rng.random(600) < 0.6)
    table = pl.DataFrame({"fare": fare, "tip": tip, "age": rng.normal(size=600), "total": fare + tip})
    project = understood(tmp_path, table, "total")
    last = project.ledger.last("understand")
    kept = {kept.name for kept in project.found("understand").kept if kept.by.endswith("(--yes)")}
    assert "tip" in kept
    assert last.verdict == "noted"
    assert "though they may know the answer: " in last.reason
    assert "'tip'" in last.reason
