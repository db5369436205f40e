"""Profiles of tables with known repeats, gaps in disguise and relations."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from milepost.data.infer import infer_schema
from milepost.data.profile import disguised, examples, profile, proven
from milepost.modalities.base import modalities
from milepost.statistics.redundant import Redundant
from milepost.testing import toys

RNG = np.random.default_rng(0)


def test_every_column_has_the_facts_of_its_kind() -> None:
    frame = toys.shop(500)
    found = profile(frame, infer_schema(frame, ["bought"]))
    assert list(found.columns) == frame.columns
    assert found.columns["income"]["histogram"]["counts"]
    assert found.columns["city"]["distinct"] == 5
    assert found.columns["age"]["missing"] == frame["age"].null_count()
    assert sum(t["count"] for t in found.columns["bought"]["top"]) == 500


def test_copies_and_relations_are_found() -> None:
    frame = toys.shop(800).select("income", "city", "age", "bought")
    frame = frame.with_columns(euros=pl.col("income") / 2, again=pl.col("city"), one=pl.lit(1))
    found = profile(frame, infer_schema(frame, ["bought"], {"one": {"role": "input"}}))
    assert {(r.name, r.of, r.why) for r in found.repeats} == {
        ("euros", "income", "affine"),
        ("again", "city", "duplicate"),
        ("one", "", "constant"),
    }
    assert not {"euros", "again"} & {name for pair in found.pairs for name in (pair.one, pair.other)}


def test_a_copy_on_the_sample_that_is_none_on_all_rows_is_no_copy() -> None:
    x = RNG.normal(size=200)
    y = x.copy()
    y[7] += 1
    frame = pl.DataFrame({"x": x, "y": y})
    assert not proven(frame, Redundant("y", "x", "duplicate"))
    assert not proven(frame, Redundant("y", "x", "affine"))
    assert proven(frame.with_columns(y=pl.col("x") * 3 + 1), Redundant("y", "x", "affine"))


def hints(column: pl.Series) -> list[str]:
    schema = infer_schema(column.to_frame().with_columns(t=pl.lit(1)), ["t"])
    return [h.value for h in disguised(column, modalities[schema.columns[0].modality].summarize(column))]


def test_codes_for_missing_are_told() -> None:
    ages = np.r_[np.full(20, -999.0), RNG.normal(50, 10, 980)]
    assert hints(pl.Series("age", ages)) == ["-999"]
    pressure = np.r_[np.zeros(30), RNG.normal(80, 10, 970)]
    assert hints(pl.Series("pressure", pressure)) == ["0"]
    places = ["Wien"] * 500 + ["Oslo"] * 400 + ["Unknown"] * 100
    assert hints(pl.Series("city", places)) == ["Unknown"]
    known = [date(2020, 1, 1) + timedelta(days=int(d)) for d in RNG.integers(0, 400, 970)]
    days = [date(1900, 1, 1)] * 30 + known
    assert hints(pl.Series("born", days)) == ["1900-01-01"]


def test_ordinary_columns_hide_nothing() -> None:
    assert hints(pl.Series("count", RNG.poisson(2, 1000))) == []
    assert hints(pl.Series("amount", RNG.lognormal(0, 2, 1000))) == []
    assert hints(pl.Series("flag", RNG.integers(0, 2, 1000))) == []
    assert hints(pl.Series("day", [date(2020, 1, 1) + timedelta(days=d % 300) for d in range(1000)])) == []


def test_examples_are_some_rows_as_text() -> None:
    frame = toys.shop(100)
    few = examples(frame, ["visit", "income"], 10)
    assert few.shape == (10, 2)
    assert set(few["visit"]) <= set(frame["visit"])
    assert few.dtypes == [pl.String, pl.String]


def test_a_table_without_inputs_has_a_profile() -> None:
    frame = pl.DataFrame({"y": ["a", "b"] * 20})
    found = profile(frame, infer_schema(frame, ["y"]))
    assert found.pairs == ()
    assert found.repeats == ()
