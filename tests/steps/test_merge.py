"""The dataset of a generation: old and new rows, what people decided, and what left."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from milepost.data.read import read
from milepost.errors import InputError, UsageError
from milepost.steps.begin import begin, founded
from milepost.steps.merge import Wish, merge
from milepost.steps.renew import Renew
from milepost.steps.run import current, work_of
from milepost.steps.work import Talk

ALL = Wish("all", ())


@pytest.fixture
def grow(make, related):
    """Grows a project of 300 collected rows by a table: the work, and the dataset or None."""

    def grown(
        fresh: pl.DataFrame, wish: Wish = ALL, old: pl.DataFrame | None = None, yes: bool = True, **brief
    ):
        project = make(related() if old is None else old, "y", until="collect", **brief)
        here = work_of(project.road, Renew(), Talk(by="ada", yes=yes), current(project.road))
        base = founded(here)
        return here, merge(here, base, begin(here, read(fresh), "a table", 0.2), wish)

    return grown


def rows(work, made, part: str) -> pl.DataFrame:
    return work.blobs.get_frame(getattr(made, part))


def test_old_and_new_rows_are_learnt_from_and_sealed_ones_never(grow, related) -> None:
    here, made = grow(related(200, seed=1))
    first = here.dataset(1)
    development, test = rows(here, made, "development"), rows(here, made, "test")
    assert made.rows == (development.height, 0, test.height) == (240 + 160, 0, 40)
    assert rows(here, first, "development")["__row__"].is_in(development["__row__"].to_list()).all()
    learnt = set(development["__row__"])
    assert not learnt & set(test["__row__"])
    assert not learnt & set(rows(here, first, "test")["__row__"]), "an earlier test set never trains"
    assert here.rows("development", 1).height == 240
    assert here.rows("development", 2).height == 400


def test_rows_without_a_label_join_the_pool_and_leave_it_when_labelled(grow, related) -> None:
    lone = related(40, seed=2).with_columns(y=pl.lit(None, pl.String))
    old = pl.concat([related(), lone])
    here, made = grow(
        pl.concat(
            [
                related(200, seed=1),
                related(40, seed=2),
                related(9, seed=3).with_columns(y=pl.lit(None, pl.String)),
            ]
        ),
        old=old,
    )
    assert rows(here, here.dataset(1), "pool").height == 40
    assert rows(here, made, "pool").height == 9
    assert made.rows[0] + made.rows[2] == 240 + 240


def test_a_new_column_waits_for_an_answer(grow, related) -> None:
    here, made = grow(related(200, seed=1).with_columns(z=pl.lit(1.0)), yes=False)
    assert made is None
    (question,) = here.open_questions
    assert (question.name, question.default) == ("renew.column.z", "leave out")
    assert "tell old rows from new ones" in question.why
    assert len(here.ledger.rows.select("dataset")) == 1, "nothing is recorded while it waits"


def test_a_new_column_is_left_out_while_few_rows_have_it_and_used_from_half_on(grow, related) -> None:
    here, made = grow(related(200, seed=1).with_columns(z=pl.lit(1.0)))
    assert "z" not in rows(here, made, "development").columns
    here, made = grow(related(400, seed=1).with_columns(z=pl.int_range(400)))
    assert rows(here, made, "development")["z"].null_count() == 240
    assert "z" in rows(here, made, "test").columns


def test_a_column_that_is_gone_is_no_longer_available(grow, related) -> None:
    here, made = grow(related(200, seed=1).drop("x3"))
    assert made.brief["columns.x3"]["available"] is False
    assert here.brief.changed(made.brief).columns["x3"].available is False
    assert any("'x3' is gone" in note for note in made.notes)


def test_a_window_keeps_what_is_recent(grow, related) -> None:
    def timed(count: int, start: int, seed: int) -> pl.DataFrame:
        at = [datetime(2024, 1, 1) + timedelta(days=start + i) for i in range(count)]
        return related(count, seed=seed).with_columns(at=pl.Series(at))

    here, made = grow(timed(200, 300, 1), Wish("260d", ()), timed(300, 0, 0), data__time="at")
    development = rows(here, made, "development")
    newest = development["at"].max()
    assert (newest - development["at"].min()).days == 260
    assert any("rows older than 260d were left out" in note for note in made.notes)


def test_a_window_without_time_is_refused(grow, related) -> None:
    with pytest.raises(UsageError, match="reckons with time"):
        grow(related(200, seed=1), Wish("90d", ()))


def kinds(rows: int, seed: int, related) -> pl.DataFrame:
    return related(rows, seed=seed, kind="multiclass")


def test_merged_labels_move_old_rows(grow, related) -> None:
    fresh = kinds(300, 1, related).with_columns(pl.col("y").replace({"a": "low", "b": "low"}))
    here, made = grow(fresh, Wish("all", ("a>low", "b>low")), kinds(300, 0, related))
    assert made.labels == ("c", "low")
    assert made.relation == (("a", "low"), ("b", "low"))
    assert set(rows(here, made, "development")["y"]) == {"low", "c"}
    assert made.rows[1] == 0


def test_split_labels_send_old_rows_to_the_pool(grow, related) -> None:
    fresh = kinds(300, 1, related).with_columns(
        y=pl.when(pl.col("y") == "c")
        .then(pl.when(pl.col("x0") > 1).then(pl.lit("c1")).otherwise(pl.lit("c2")))
        .otherwise("y")
    )
    old = kinds(300, 0, related)
    here, made = grow(fresh, Wish("all", ("c>c1", "c>c2")), old)
    first = here.dataset(1)
    split = (rows(here, first, "development")["y"] == "c").sum()
    assert made.rows[1] == split > 0
    assert set(rows(here, made, "development")["y"]) == {"a", "b", "c1", "c2"}
    assert any("went to the pool" in note for note in made.notes)


def test_unknown_labels_wait_and_may_be_new_classes(grow, related) -> None:
    fresh = kinds(300, 1, related).with_columns(
        y=pl.when(pl.col("x1") > 0.8).then(pl.lit("d")).otherwise("y")
    )
    here, made = grow(fresh, ALL, kinds(300, 0, related), yes=False)
    assert made is None
    assert here.open_questions[0].name == "renew.labels.2"
    here, made = grow(fresh, ALL, kinds(300, 0, related))
    assert made.labels == ("a", "b", "c", "d")
    assert "'d' is a new class." in made.notes


def test_a_binary_task_may_rename_its_classes_and_has_no_third(grow, related) -> None:
    fresh = related(200, seed=1).with_columns(pl.col("y").replace({"yes": "ja"}))
    with pytest.raises(InputError, match="'ja', and a binary task has two classes"):
        grow(fresh)
    here, made = grow(fresh, Wish("all", ("yes>ja",)), target__positive="yes")
    assert set(made.labels) == {"no", "ja"}
    assert made.brief["target.positive"] == "ja"
    assert set(rows(here, made, "development")["y"]) == {"no", "ja"}
