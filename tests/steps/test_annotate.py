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


def test_the_rarest_class_is_named(finished) -> None:
    mile = finished.status().miles[2]
    counts = finished.found("annotate").labels["counts"]
    rarest = min(counts, key=counts.get)
    assert f"2 classes, the rarest is '{rarest}' with {counts[rarest]} rows" in mile.reason


def test_several_numbers_have_their_spreads_and_no_classes(make) -> None:
    table = toys.shop(300).drop("bought", "tier").with_columns(twice=2 * pl.col("spent"))
    project = make(table, "spent,twice", until="annotate")
    assert set(project.found("annotate").labels["outputs"]) == {"spent", "twice"}
    reason = project.status().miles[2].reason
    assert "class" not in reason
    assert "(spent)" in reason
    assert "(twice)" in reason
    assert "How twice is spread" in project.report().read_text()


def test_a_number_has_its_spread(make) -> None:
    found = make(toys.shop(300), "spent", until="annotate").found("annotate")
    assert sum(found.labels["histogram"]["counts"]) == found.rows
    assert found.rarest == pytest.approx(240, abs=5)
