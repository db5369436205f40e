"""The recipe follows the schema, masks what production misses, and refuses what production lacks."""

import numpy as np
import polars as pl
import pytest

from milepost.steps.base import Told
from milepost.steps.prepare import Prepare, recipe_of
from milepost.testing import toys


def test_identifiers_stay_out_and_widths_are_counted(finished) -> None:
    found = finished.found("prepare")
    roles = {column["name"]: column["role"] for column in found.schema}
    assert roles["visit"] == "ignored"
    assert roles["income"] == "input"
    assert found.widths["dense"] > found.widths["trees"] > 5


def test_production_that_misses_a_column_more_often_masks_it(make, tmp_path) -> None:
    production = toys.shop(500, seed=9).with_columns(
        city=pl.when(pl.int_range(pl.len()) % 2 == 0).then(None).otherwise(pl.col("city"))
    )
    production.write_parquet(tmp_path / "production.parquet")
    project = make(toys.shop(500), "bought", data__production=str(tmp_path / "production.parquet"))
    project.brief.changed({"correction": {"method": "none", "because": "a test"}}).write(project.folder)
    project = type(project)(project.folder)
    project.run(until="prepare", yes=True, waive_all="a toy")
    assert project.found("prepare").masks == {"city": pytest.approx(0.5)}


def test_a_column_that_production_lacks_fails_with_what_to_do(make, tmp_path) -> None:
    toys.shop(500, seed=9).drop("income").write_parquet(tmp_path / "production.parquet")
    project = make(toys.shop(500), "bought", data__production=str(tmp_path / "production.parquet"))
    status = project.run(until="prepare", yes=True, waive_all="a toy")
    assert "does not have the column(s) 'income'" in status.miles[5].reason
    assert "available = false" in status.miles[5].reason


def test_a_column_declared_unavailable_is_no_input(make) -> None:
    project = make(toys.shop(400), "bought", until="prepare", columns__income={"available": False})
    roles = {c["name"]: c["role"] for c in project.found("prepare").schema}
    assert roles["income"] == "ignored"


def test_it_tells_what_columns_say_together(make) -> None:
    rng = np.random.default_rng(0)
    table = toys.shop(1500)
    desk, kind = rng.integers(0, 20, 1500), rng.integers(0, 14, 1500)
    felt = rng.normal(0, 3, (20, 14))[desk, kind] + rng.normal(size=1500)
    table = table.with_columns(
        desk=pl.Series([f"d{i}" for i in desk]),
        kind=pl.Series([f"k{i}" for i in kind]),
        bought=pl.Series(np.where(felt > 0, "yes", "no")),
    )
    project = make(table, "bought", until="prepare")
    (found,) = project.found("prepare").together
    assert list(found["columns"]) == ["desk", "kind"]
    assert found["z"] > 4
    told = str(Prepare().tell(Told(project.found("prepare"), None, None)))
    assert "desk x kind" in told
    assert "'desk x kind target mean' and 'desk x kind share'" in told


def test_the_recipe_comes_back_from_the_ledger(finished) -> None:
    from milepost.ledger import Evidence
    from milepost.steps.run import current

    evidence: dict[str, Evidence] = current(finished.road)

    class Reached:
        def found(self, step, kind):
            from milepost.steps.base import typed

            return typed(kind, evidence[step].findings)

    recipe = recipe_of(Reached())
    assert {field.name for field in recipe.schema.fields()} >= {"income", "age", "city", "member"}
