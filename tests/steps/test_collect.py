"""Rows are snapshot, copies are grouped, and a share is sealed before anyone looks."""

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.data.split import verify_commitment
from milepost.steps.divided import ROW
from milepost.testing import toys


def parts(project: Project) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    kept = project.ledger.last("collect").artifacts
    return tuple(project.blobs.get_frame(kept[name]) for name in ("development", "test", "pool"))


def test_every_row_is_in_exactly_one_part(make) -> None:
    table = toys.shop(400).with_columns(
        bought=pl.when(pl.int_range(pl.len()) % 8 == 0).then(None).otherwise(pl.col("bought"))
    )
    project = make(table, "bought", until="collect")
    development, test, pool = parts(project)
    ids = np.concatenate([part[ROW].to_numpy() for part in (development, test, pool)])
    assert sorted(ids) == list(range(400))
    assert pool["bought"].null_count() == pool.height == 50
    found = project.found("collect")
    assert (found.development, found.sealed, found.pool) == (development.height, test.height, 50)
    assert found.share == pytest.approx(0.2, abs=0.02)


def test_no_more_rows_are_sealed_than_tell_anything_new(make, monkeypatch) -> None:
    monkeypatch.setattr("milepost.steps.divided.SEALED", 30)
    assert make(toys.shop(400), "bought", until="collect").found("collect").sealed == pytest.approx(30, abs=2)
    timed = make(toys.shop(400), "bought", until="collect", data__time="joined", data__split="time")
    assert timed.found("collect").sealed > 60, "a window in time is sealed whole"


def test_the_commitment_names_the_sealed_rows_and_no_others(make) -> None:
    project = make(toys.shop(300), "bought", until="collect")
    found = project.found("collect")
    ids = parts(project)[1][ROW].to_numpy()
    assert verify_commitment(ids, found.salt, found.commitment)
    assert not verify_commitment(ids[1:], found.salt, found.commitment)


def test_copies_stay_on_one_side(make) -> None:
    table = toys.shop(300)
    numbers = [name for name, kind in table.schema.items() if kind == pl.Float64 and name != "spent"]
    copies = table.head(100).with_columns(pl.col(numbers) * (1 + 1e-9))
    project = make(pl.concat([table, copies]).drop("visit", "tier", "spent"), "bought", until="collect")
    development, test, _ = parts(project)
    assert project.found("collect").near >= 190
    assert not set(test[ROW] % 300) & set(development.filter(pl.col(ROW) >= 300)[ROW] % 300)


def test_time_seals_the_last_window(make) -> None:
    project = make(toys.shop(400), "bought", until="collect", data__time="joined", data__split="time")
    development, test, _ = parts(project)
    assert development["joined"].max() < test["joined"].min()


def test_a_group_is_never_divided(make) -> None:
    table = toys.shop(400).with_columns(customer=pl.int_range(pl.len()) // 4)
    project = make(table, "bought", until="collect", data__group="customer", data__split="group")
    development, test, _ = parts(project)
    assert not set(development["customer"]) & set(test["customer"])
    assert project.found("collect").how == "group"


def test_the_users_test_file_is_the_seal_and_its_rows_leave_development(make, tmp_path) -> None:
    table = toys.shop(400)
    table.tail(100).write_parquet(tmp_path / "test.parquet")
    project = make(table, "bought", until="collect", data__test=str(tmp_path / "test.parquet"))
    development, test, _ = parts(project)
    assert test.height == 100
    assert development.height == 300
    assert not set(development["visit"]) & set(test["visit"])


def test_a_test_file_with_other_columns_is_refused(make, tmp_path) -> None:
    from milepost.errors import InputError

    toys.shop(50).drop("income").write_parquet(tmp_path / "test.parquet")
    project = make(toys.shop(100), "bought", data__test=str(tmp_path / "test.parquet"))
    with pytest.raises(InputError, match="lacks the column.*'income'"):
        project.run(until="collect", yes=True)


def test_an_unknown_group_column_is_answered_with_the_nearest(make) -> None:
    from milepost.errors import InputError

    project = make(toys.shop(100), "bought", data__group="ciyt", data__split="group")
    with pytest.raises(InputError, match="Did you mean 'city'"):
        project.run(until="collect", yes=True)


def test_too_few_rows_fail(make) -> None:
    status = make(toys.shop(30), "bought").run(until="collect", yes=True)
    assert status.miles[1].state == "failed"
    assert "too few" in status.miles[1].reason
