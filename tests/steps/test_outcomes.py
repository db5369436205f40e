"""Outcomes are joined to their requests; the last one counts, and what is wrong is refused whole."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost.data.traffic import traffic
from milepost.errors import InputError
from milepost.ledger import Ledger
from milepost.steps.outcomes import Naming, batches, joined, record, state
from milepost.store.blobs import Blobs
from milepost.store.rows import Rows
from milepost.tasks.infer import infer

TASK, _ = infer(pl.DataFrame({"y": ["no", "yes", "no"] * 9}), "binary", "yes")


@pytest.fixture
def store(tmp_path: Path):
    with Rows(tmp_path / "rows.db") as rows:
        yield Ledger(rows), Blobs(tmp_path / "blobs")


def asked(rows=4):
    frame = pl.DataFrame({"shop": ["a", "b"] * (rows // 2), "n": range(rows), "x": 0.0})
    return traffic(frame, keys=["shop", "n"])


def test_outcomes_find_their_requests_and_the_last_one_counts(store) -> None:
    first = pl.DataFrame({"shop": ["a", "b", "a", "z"], "n": [0, 1, 0, 9], "y": ["no", "no", "yes", "no"]})
    made = record(*store, TASK, first, Naming(keys=("shop", "n")))
    assert (made.rows, made.by, made.repeated, made.missing, made.total) == (3, ("shop", "n"), 1, 0, 3)
    late = pl.DataFrame({"shop": ["b", "b"], "n": [1, 3], "y": ["yes", None]})
    made = record(*store, TASK, late, Naming(keys=("shop", "n")))
    assert (made.corrected, made.missing, made.total) == (1, 1, 3)
    assert "1 row correct an earlier one" in made.sentence
    assert made.sentence.endswith("in this way; `monitor` finds which were asked.")  # it was not asked yet
    found = joined(*store, TASK, asked())
    assert found.rows.tolist() == [0, 1]
    assert found.truth.tolist() == [1, 1]
    assert found.strange == 1
    assert found.corrected == 1
    assert state(store[0]) == 2


def test_the_same_file_again_changes_nothing(store) -> None:
    frame = pl.DataFrame({"id": ["row#0"], "y": ["yes"]})
    for _ in range(2):
        record(*store, TASK, frame, Naming(at=""))
    assert len(batches(store[0])) <= 2
    assert joined(*store, TASK, traffic(pl.DataFrame({"x": [1.0, 2.0]}))).rows.tolist() == [0]


def test_truths_alone_go_by_the_order_of_a_file_of_requests(store, tmp_path: Path) -> None:
    requests = pl.DataFrame({"x": [3.0, 1.0, 2.0], "id": 0.0})
    requests.write_csv(tmp_path / "may.csv")
    (tmp_path / "truths.csv").write_text("y\nyes\nno\n\n")
    pl.DataFrame({"y": ["yes", "no", None]}).write_parquet(tmp_path / "t.parquet")
    made = record(*store, TASK, tmp_path / "t.parquet", Naming(requests=str(tmp_path / "may.csv")))
    assert (made.rows, made.missing, made.by) == (2, 1, ("request",))
    found = joined(*store, TASK, traffic(tmp_path / "may.csv", time="x"))
    assert found.rows.tolist() == [0, 2]  # in order of x; the first of the file is the last
    assert found.truth.tolist() == [0, 1]
    with pytest.raises(InputError, match="1 outcomes for the 3 rows"):
        record(*store, TASK, pl.DataFrame({"y": ["no"]}), Naming(requests=str(tmp_path / "may.csv")))


def test_a_file_of_truths_alone_may_be_csv(store, tmp_path: Path) -> None:
    pl.DataFrame({"x": [3.0, 1.0]}).write_parquet(tmp_path / "may.parquet")
    (tmp_path / "truths.csv").write_text("y\nyes\nno\n")
    made = record(*store, TASK, str(tmp_path / "truths.csv"), Naming(requests=str(tmp_path / "may.parquet")))
    assert made.rows == 2


def test_when_an_outcome_became_known_is_kept(store) -> None:
    frame = pl.DataFrame({"id": ["row#1"], "y": ["no"], "known": ["2024-03-01"]}).with_columns(
        pl.col("known").str.to_date()
    )
    record(*store, TASK, frame, Naming(at="known"))
    found = joined(*store, TASK, traffic(pl.DataFrame({"x": [1.0, 2.0]})))
    assert str(np.datetime64(int(found.at[0]), "us")).startswith("2024-03-01")


@pytest.mark.parametrize(
    ("columns", "naming", "sentence"),
    [
        ({"id": ["a"], "z": ["yes"]}, {}, "no column 'y'"),
        ({"id": ["a"], "y": ["perhaps"]}, {}, "'perhaps', which is no label"),
        ({"q": ["a"], "y": ["yes"]}, {}, "nothing says which request"),
        ({"id": ["a"], "y": ["yes"]}, {"key": ("ids",)}, "no column 'ids'"),
        ({"id": ["a"], "y": [None]}, {}, "no outcome holds a truth"),
        ({"id": ["a"], "y": ["yes"], "at": ["soon"]}, {"at": "at"}, "holds no moments"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_kept(store, columns, naming, sentence) -> None:
    frame = pl.DataFrame(columns, schema_overrides={"y": pl.String} if "y" in columns else None)
    with pytest.raises(InputError, match=sentence):
        record(*store, TASK, frame, Naming(**naming))
    assert batches(store[0]) == []
    assert joined(*store, TASK, asked()) is None


def test_requests_without_the_key_have_no_outcome(store) -> None:
    record(*store, TASK, pl.DataFrame({"n": [1], "y": ["no"]}), Naming(key=("n",)))
    found = joined(*store, TASK, traffic(pl.DataFrame({"x": [1.0]})))
    assert (len(found.rows), found.strange) == (0, 1)
