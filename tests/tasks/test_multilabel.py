"""Rows that bear none, one or several labels."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from milepost.errors import InputError
from milepost.tasks.base import tasks
from milepost.tasks.infer import infer
from milepost.tasks.multilabel import RARE, Multilabel
from milepost.testing import toys


def tags(*cells: str | None, times: int = 5) -> pl.DataFrame:
    return pl.DataFrame({"y": list(cells) * times}, schema={"y": pl.String})


TASK = Multilabel.bind(tags("a;b", "a", "b;c", "c", ""))


def test_one_column_and_several_columns_pose_the_same_task():
    whole = toys.tickets(300).select("topics")
    one, why = infer(whole)
    assert (one.name, one.labels) == ("multilabel", toys.TOPICS)
    assert "'topics'" in why
    assert "5 labels separated by ';'" in why
    truth = one.encode(whole)
    for columns in (
        {n: truth[:, i] for i, n in enumerate(one.labels)},
        {n: truth[:, i] == 1 for i, n in enumerate(one.labels)},
        {n: truth[:, i].astype(float) for i, n in enumerate(one.labels)},
        {n: np.where(truth[:, i] == 1, "Yes", "no") for i, n in enumerate(one.labels)},
    ):
        wide = pl.DataFrame(columns)
        several, why = infer(wide)
        assert (several.name, several.labels) == ("multilabel", one.labels)
        assert "5 target columns say yes or no" in why
        assert (several.encode(wide) == truth).all()


def test_several_columns_of_other_numbers_stay_a_vector():
    rng = np.random.default_rng(0)
    assert infer(pl.DataFrame({"a": [0, 1] * 20, "b": rng.normal(size=40)}))[0].name == "vector"
    assert infer(pl.DataFrame({"a": [0, 1, 2] * 20, "b": [1, 0, 0] * 20}))[0].name == "vector"


def test_labels_that_never_occur_are_left_out_with_their_number_and_names():
    rng = np.random.default_rng(0)
    columns = {f"l{i:02d}": (rng.random(200) < 0.3).astype(int) * (i < 28) for i in range(40)}
    task, why = infer(pl.DataFrame(columns))
    assert len(task.labels) == 28
    assert "12 of 40 labels never occur" in why
    assert "'l28', 'l29'" in why
    assert "the other 28 go on" in why
    facts = task.facts(task.encode(pl.DataFrame(columns)))
    assert facts["left"] == [f"l{i}" for i in range(28, 40)]
    assert task.targets == tuple(columns), "what is left out is no input"
    assert tasks["multilabel"].of(json.loads(json.dumps(task.plain()))) == task


def test_a_rare_label_is_named_as_not_to_be_estimated():
    truth = np.zeros((200, 3), np.int64)
    truth[:100, 0] = truth[50:150, 1] = truth[:4, 2] = 1
    facts = TASK.facts(truth)
    assert facts["rare"] == ["c"]
    assert facts["counts"] == {"a": 100, "b": 100, "c": 4}
    assert facts["labels_a_row"] == {"0": 50, "1": 96, "2": 54}


def test_an_empty_cell_bears_no_label_unless_empty_lists_are_written():
    assert TASK.encode(tags("", times=1)).tolist() == [[0, 0, 0]]
    gaps = tags("a;b", None, "b")
    assert Multilabel.meant(gaps)["y"].null_count() == 0
    lists = tags('["a"]', "[]", None)
    assert Multilabel.meant(lists)["y"].null_count() == 5
    assert tasks["multiclass"].meant(gaps).equals(gaps)


def test_unknown_labels_and_strange_cells_are_named():
    with pytest.raises(InputError, match="'q', which is no label"):
        TASK.encode(tags("a;q", times=1))
    wide = Multilabel.bind(pl.DataFrame({"u": [0, 1] * 9, "v": [1, 0, 0] * 6}))
    with pytest.raises(InputError, match="'v' holds 3"):
        wide.encode(pl.DataFrame({"u": [1], "v": [3]}))
    with pytest.raises(InputError, match="Leave out the rows"):
        wide.encode(pl.DataFrame({"u": [1], "v": [None]}, schema={"u": pl.Int64, "v": pl.Int64}))


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (tags("a", times=3), "3 labelled rows"),
        (tags("a", "a"), "0 of 1 labels"),
        (tags("a;b", "a"), "1 of 2"),
    ],
)
def test_where_nothing_can_be_learnt_it_says_so(target, says):
    with pytest.raises(InputError, match=says):
        Multilabel.bind(target)


def test_losses_are_the_mean_over_labels():
    found = TASK.losses(np.array([[1, 0, 0]]), np.array([[0.5, 0.5, 0.25]]))
    assert found == pytest.approx([-(2 * np.log(0.5) + np.log(0.75)) / 3])
    assert np.isfinite(TASK.losses(np.array([[1, 0, 0]]), np.array([[0.0, 1.0, 0.0]]))).all()


def test_decisions_are_those_of_single_precision():
    cuts = (0.3, 0.3, 0.1)
    proba = np.array([[np.float32(0.3), 0.29999, 0.2]], np.float64)
    assert TASK.decide(proba, cuts).tolist() == [[1, 0, 1]]
    assert TASK.decide(proba, None).tolist() == [[0, 0, 0]]
    table = TASK.columns(proba, cuts)
    assert table.columns == ["prediction", "proba_a", "proba_b", "proba_c", "decision"]
    assert table["prediction"].to_list() == table["decision"].to_list() == ["a;c"]
    assert TASK.columns(proba, None)["prediction"].to_list() == [""]
    assert "decision" not in TASK.columns(proba, None).columns


def test_strata_keep_common_combinations_and_merge_rare_ones():
    frame = toys.tickets(2000).select("topics")
    task, _ = infer(frame)
    truth = task.encode(frame)
    strata = task.strata(truth)
    _, kind, size = np.unique(truth, axis=0, return_inverse=True, return_counts=True)
    for stratum in np.unique(strata):
        rows = strata == stratum
        kinds = np.unique(kind.ravel()[rows])
        assert len(kinds) == 1 or (size[kinds] < RARE).all()
        if len(kinds) > 1:
            assert (truth[rows].all(axis=0)).any(), "merged rows share their rarest label"
    assert len(np.unique(strata)) < len(size)


def test_the_rarest_label_weighs_as_much_as_it_spoils_the_mean():
    truth = np.zeros((200, 2), np.int64)
    truth[:100, 0] = truth[:100, 1] = 1
    assert Multilabel(("x", "y"), ("x", "y")).rarest(truth) == 200
    truth[5:, 1] = 0
    assert Multilabel(("x", "y"), ("x", "y")).rarest(truth) == 19


def test_a_few_labels_are_those_that_tell_rows_apart_most_evenly():
    truth = np.zeros((100, 3), np.int64)
    truth[:99, 0] = truth[:40, 1] = truth[:7, 2] = 1
    few, some = TASK.narrowed(truth, 2)
    assert few.labels == ("b", "c")
    assert (some == truth[:, 1:]).all()
