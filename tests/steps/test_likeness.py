"""Production samples that are like the rows, and ones that are not."""

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.steps.likeness import compare, encoded
from milepost.testing import toys


def table(rows: int, seed: int) -> pl.DataFrame:
    return toys.shop(rows, seed).drop("visit", "bought", "tier", "spent")


ROWS = table(1500, 0)
SCHEMA = infer_schema(ROWS)


def test_an_equal_sample_is_not_different() -> None:
    found = compare(ROWS, table(1200, 1), SCHEMA, 0)
    assert found is not None
    told, _ = found
    assert not told.different
    assert abs(told.auc - 0.5) < 0.05
    assert not any(moved.flagged for moved in told.columns)


def test_a_shifted_sample_names_its_columns_with_shapes_and_rows() -> None:
    other = table(1200, 1).with_columns(
        income=pl.col("income") * 2.5, city=pl.lit("Wien"), age=pl.lit(None, pl.Float64)
    )
    found = compare(ROWS, other, SCHEMA, 0)
    assert found is not None
    told, beside = found
    assert told.different
    assert told.effect == "strong"
    flagged = {moved.name: moved for moved in told.columns if moved.flagged}
    assert set(flagged) == {"income", "city", "age"}
    assert sum(flagged["income"].shape["one"]) == pytest.approx(1500, abs=30)
    assert (
        dict(zip(flagged["city"].shape["names"], flagged["city"].shape["other"], strict=True))["Wien"] == 1.0
    )
    assert beside["sample"].value_counts().sort("sample")["count"].to_list() == [5, 5]


def test_later_moments_alone_are_no_difference() -> None:
    later = table(1200, 1).with_columns(pl.col("joined") + pl.duration(days=14))
    found = compare(ROWS, later, SCHEMA, 0)
    assert found is not None
    assert not found[0].different


def test_categories_and_types_are_read_alike() -> None:
    one = pl.DataFrame({"c": ["a", "b", "b", None], "n": [1, 2, 3, 4]})
    other = pl.DataFrame({"c": ["b", "z", None, "b"], "n": ["1", "x", "3", None]})
    schema = infer_schema(one, roles={"c": {"role": "input", "modality": "category"}, "n": {"role": "input"}})
    made = encoded(one, other, schema)
    assert made.names == ("c", "n")
    assert made.one[:, 0].tolist()[1:3] == [0.0, 0.0]
    assert made.other[0, 0] == 0.0
    assert np.isnan(made.other[[2, 1, 3], [0, 1, 1]]).all()


def test_too_small_a_sample_is_not_compared() -> None:
    assert compare(ROWS, table(5, 1), SCHEMA, 0) is None


def test_words_that_occur_once_do_not_tell_the_samples_apart() -> None:
    words = np.random.default_rng(0).permutation([f"w{i % 900}" for i in range(2400)])
    rare = pl.DataFrame({"word": words, "age": np.arange(2400) % 70 + 0.5})
    schema = infer_schema(rare, roles={"word": {"modality": "category"}})
    found = compare(rare[:1200], rare[1200:], schema, 0)
    assert found is not None
    assert abs(found[0].auc - 0.5) < 0.05
    assert not found[0].different
