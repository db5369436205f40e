"""Labels are counted and checked; a class of a few rows stops the road."""

import polars as pl
import pytest

from milepost.testing import toys


def test_labels_are_counted(finished) -> None:
    found = finished.found("annotate")
    assert sum(found.labels["counts"].values()) == found.rows
    assert found.rarest == min(found.labels["counts"].values())
    assert found.conflicts == 0


def test_equal_inputs_with_other_labels_are_counted(make) -> None:
    table = toys.shop(300).select("member", "city", "bought")
    found = make(table, "bought", until="annotate").found("annotate")
    assert found.conflicts > 0.5


def test_a_class_of_a_few_rows_fails_with_what_to_do(make) -> None:
    table = toys.shop(300).with_columns(
        tier=pl.when(pl.int_range(pl.len()) < 8).then(pl.lit("platinum")).otherwise(pl.col("tier"))
    )
    status = make(table, "tier").run(until="annotate", yes=True)
    assert status.miles[2].state == "failed"
    assert "Label more of it, or merge it" in status.miles[2].reason


def test_a_number_has_its_spread(make) -> None:
    found = make(toys.shop(300), "spent", until="annotate").found("annotate")
    assert sum(found.labels["histogram"]["counts"]) == found.rows
    assert found.rarest == pytest.approx(240, abs=5)
