"""A slice of the new rows is sealed first; what was there before is found, and counted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from milepost.data.read import read
from milepost.data.split import verify_commitment
from milepost.errors import InputError, UsageError
from milepost.steps.begin import begin, founded, needed
from milepost.steps.generation import sealing
from milepost.steps.renew import Renew
from milepost.steps.run import current, work_of
from milepost.steps.work import Talk
from milepost.testing import toys


@pytest.fixture
def work(make, related):
    """Gives the work of a renewal of a project that collected 300 rows."""

    def made(table: pl.DataFrame | None = None, **brief):
        project = make(related() if table is None else table, "y", until="collect", **brief)
        return work_of(project.road, Renew(), Talk(by="ada"), current(project.road))

    return made


def sealed(work, made) -> pl.DataFrame:
    rows = work.blobs.get_frame(made.fresh)
    return rows.filter(rows["__row__"].is_in(work.blobs.get_array(made.sealed).tolist()))


def test_the_first_generation_is_what_was_collected(work) -> None:
    here = work()
    first = founded(here)
    assert (first.generation, first.base, first.labels) == (1, 0, ("no", "yes"))
    assert first.rows == (240, 0, 60)
    assert founded(here) == first
    assert len(here.ledger.rows.select("dataset")) == 1


def test_a_share_is_sealed_with_a_commitment_and_the_same_rows_are_sealed_once(work, related) -> None:
    here, fresh = work(), related(200, seed=5)
    made = begin(here, read(fresh), "a table", 0.25)
    rows = sealed(here, made)
    assert (made.generation, made.base, rows.height) == (2, 1, 50)
    assert verify_commitment(rows["__row__"].to_numpy(), made.salt, made.commitment)
    assert min(rows["__row__"]) >= 300, "rows are numbered on from those that were there"
    shares = [frame["y"].value_counts().sort("y")["count"][1] / frame.height for frame in (rows, fresh)]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
    assert begin(here, read(fresh), "a table", 0.5) == made
    assert len(here.ledger.rows.select("sealing")) == 1


def test_planted_repeats_are_left_out_and_near_ones_never_tested_on(work, related) -> None:
    here = work()
    first = founded(here)
    old = here.blobs.get_frame(first.development).drop("__row__")
    tested = here.blobs.get_frame(first.test).drop("__row__")
    near = old[100:150].with_columns(pl.col("x0") + 1e-5)
    made = begin(here, read(pl.concat([related(200, seed=6), old[:30], tested[:10], near])), "a table", 0.3)
    assert made.known == 40, "30 that were learnt from, 10 that are tested on"
    kept = here.blobs.get_frame(made.fresh)
    assert kept.height == 250
    rows = sealed(here, made)
    copies = rows.join(near.select("x0"), on="x0")
    assert copies.height == 0
    assert made.overlap > 0
    assert rows.height + made.overlap == pytest.approx(75, abs=2)


def test_in_time_the_newest_rows_are_sealed(work, related) -> None:
    table = related(400).with_columns(t=pl.int_range(400))
    here = work(table[:300], data__time="t")
    made = begin(here, read(table[300:]), "a table", 0.3)
    assert made.how == "time"
    assert sorted(sealed(here, made)["t"]) == list(range(370, 400))


def test_groups_that_were_learnt_from_are_not_tested_on(work, related) -> None:
    def grouped(rows: int, first: int, seed: int) -> pl.DataFrame:
        groups = np.random.default_rng(seed).integers(first, first + 30, rows)
        return related(rows, seed=seed).with_columns(g=pl.Series([f"g{n}" for n in groups]))

    here = work(grouped(300, 0, 1), data__group="g")
    learnt = set(here.blobs.get_frame(founded(here).development)["g"])
    made = begin(here, read(grouped(400, 15, 2)), "a table", 0.3)
    assert made.how == "group"
    assert not set(sealed(here, made)["g"]) & learnt
    rows = here.blobs.get_frame(made.fresh)
    assert made.related == rows["g"].is_in(list(learnt)).sum() > 0


def test_rows_on_which_nothing_can_be_compared_are_refused_and_leave_nothing(work, related) -> None:
    here, fresh = work(), related(200, seed=7)
    old = here.blobs.get_frame(founded(here).development).drop("__row__")
    for table, words in [
        (fresh.drop("y"), "lack the column 'y'"),
        (fresh.with_columns(y=pl.lit(None, pl.String)), "no new row has a label"),
        (fresh.with_columns(y=pl.lit("no")), "all of one class, 'no'"),
        (old, "is in the project already"),
        (fresh[:40], "are left to compare two models on"),
    ]:
        with pytest.raises(InputError, match=words):
            begin(here, read(table), "a table", 0.2)
    assert sealing(here.ledger, 2) is None


def test_numbers_are_sealed_and_checked_too(work, related) -> None:
    here = work(related(kind="number"))
    made = begin(here, read(related(200, seed=8, kind="number")), "a table", 0.2)
    assert sealed(here, made).height == 40
    assert founded(here).labels == ()


def test_rows_of_an_earlier_generation_are_refused(work, related) -> None:
    from milepost.steps.merge import Wish, merge

    here, second, third = work(), related(200, seed=9), related(200, seed=10)
    for table in (second, third):
        made = begin(here, read(table), "a table", 0.2)
        assert merge(here, founded(here), made, Wish("all", ())) is not None
    assert made.generation == 3
    with pytest.raises(UsageError, match="made generation 2, and generation 3 came after it"):
        begin(here, read(second), "a table", 0.2)


def test_what_the_brief_leans_on_is_needed(work) -> None:
    brief = work().brief.changed(
        {"data.keys": ["id"], "value.cost_miss": "price", "columns.w": {"role": "weight"}}
    )
    assert needed(brief) == ["y", "id", "w", "price"]


def test_rows_of_several_labels_are_sealed_and_their_labels_checked(work) -> None:
    def tickets(rows: int, seed: int) -> pl.DataFrame:
        return toys.tickets(rows, seed).drop("ticket").rename({"topics": "y"})

    here = work(tickets(300, 0))
    made = begin(here, read(tickets(200, 5)), "a table", 0.25)
    rows = sealed(here, made)
    assert 40 <= rows.height <= 60
    assert rows["y"].null_count() == 0
    strange = tickets(100, 6).with_columns(y=pl.lit("bug;spam"))
    with pytest.raises(InputError, match="'spam', which is no label"):
        begin(here, read(strange), "a table", 0.25)
    alike = tickets(100, 7).with_columns(y=pl.lit("bug;refund"))
    with pytest.raises(InputError, match="all bear the same labels"):
        begin(here, read(alike), "a table", 0.25)
