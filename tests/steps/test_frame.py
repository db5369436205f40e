"""The frame takes the task down, and refuses what is not to be learnt with the better way."""

import polars as pl
import pytest

from milepost.brief.tables import HYPOTHESES
from milepost.errors import InputError
from milepost.testing import toys


def test_the_task_comes_with_its_reason(finished) -> None:
    found = finished.found("frame")
    assert found.task["name"] == "binary"
    assert found.task["labels"] == ["no", "yes"]
    assert found.hypotheses == HYPOTHESES
    assert "bought" not in found.inputs
    assert set(found.ethics) == {"harm", "consent"}


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (pl.lit("same"), "nothing"),
        (pl.int_range(pl.len()).cast(pl.String) + "-id", "identif"),
    ],
)
def test_what_is_not_to_be_learnt_is_refused(make, column: pl.Expr, says: str) -> None:
    project = make(toys.shop(200), "bought")
    toys.shop(200).with_columns(bought=column).write_parquet(project.folder / "data.parquet")
    changed = project.brief.changed({"target.task": "", "target.positive": ""})
    changed.write(project.folder)
    status = type(project)(project.folder).run(until="frame", yes=True)
    assert status.code == 3
    assert says in status.miles[0].reason.lower()


def test_a_target_alone_is_refused(make) -> None:
    project = make(toys.shop(100), "bought")
    toys.shop(100).select("bought").write_parquet(project.folder / "data.parquet")
    with pytest.raises(InputError, match="holds only one column: 'bought'"):
        project.run(until="frame", yes=True)


def test_constraints_and_the_existing_solution_are_taken_down(make) -> None:
    project = make(
        toys.shop(200), "bought", until="frame", constraints__latency_ms=2.0, existing__column="member"
    )
    found = project.found("frame")
    assert found.constraints == {"latency_ms": 2.0}
    assert found.existing == "member"
