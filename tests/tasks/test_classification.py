from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from milepost.errors import InputError
from milepost.metrics.base import find
from milepost.tasks.base import tasks
from milepost.tasks.classification import Binary, Multiclass


def frame(*values: object, times: int = 5) -> pl.DataFrame:
    return pl.DataFrame({"y": list(values) * times})


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ((True, False, False), ("false", "true")),
        ((0, 1), ("0", "1")),
        ((1.0, 2.0, 1.0), ("1", "2")),
        (("yes", "no"), ("no", "yes")),
    ],
)
def test_binary_labels_are_text_with_the_positive_last(
    values: tuple[object, ...], labels: tuple[str, str]
) -> None:
    task = Binary.bind(frame(*values))
    assert task.labels == labels
    assert task.positive == labels[1]
    words = [str(v).lower().removesuffix(".0") for v in values]
    assert task.encode(frame(*values, times=1)).tolist() == [labels.index(word) for word in words]
    assert tasks["binary"].of(json.loads(json.dumps(task.plain()))) == task


def test_binary_takes_the_briefs_positive() -> None:
    assert Binary.bind(frame("yes", "no"), positive="no").labels == ("yes", "no")


def test_binary_refuses_three_values_and_two_columns() -> None:
    with pytest.raises(InputError, match=r"3 distinct values: 'a', 'b', 'c'\."):
        Binary.bind(frame("a", "b", "c"))
    with pytest.raises(InputError, match="one target column"):
        Binary.bind(frame("a", "b").with_columns(z=1))


def test_an_unknown_label_is_quoted() -> None:
    task = Binary.bind(frame("yes", "no"))
    with pytest.raises(InputError, match=r"holds 'yess'.*Did you mean 'yes'"):
        task.encode(pl.DataFrame({"y": ["yes", "yess"]}))
    with pytest.raises(InputError, match="without a target"):
        task.encode(pl.DataFrame({"y": ["yes", None]}))


def test_losses_agree_with_the_metric_and_stay_finite() -> None:
    random = np.random.default_rng(0)
    binary, truth, p = Binary(("y",), ("n", "p")), random.integers(0, 2, 200), random.uniform(0.01, 0.99, 200)
    assert binary.losses(truth, p).mean() == pytest.approx(find(binary.loss_name)(truth, p))
    assert binary.losses(np.array([1, 0]), np.array([0.0, 1.0])) == pytest.approx(-np.log(1e-7), rel=1e-6)
    several = Multiclass(("y",), ("a", "b", "c"))
    codes, proba = random.integers(0, 3, 200), random.dirichlet(np.ones(3), 200)
    assert several.losses(codes, proba).mean() == pytest.approx(find(several.loss_name)(codes, proba))
    assert several.losses(np.array([0]), np.array([[0.0, 1, 0]])) == pytest.approx(-np.log(1e-7))


@pytest.mark.parametrize("task", [Binary(("y",), ("n", "p")), Multiclass(("y",), ("n", "p", "q"))])
def test_the_naive_answer_is_the_best_constant(task: Binary | Multiclass) -> None:
    truth = np.array([0, 1, 1, 1] if isinstance(task, Binary) else [0, 1, 1, 2])
    best = task.naive(truth)
    loss = task.losses(truth, task.repeat(best, 4)).mean()
    for step in (-0.05, 0.05):
        other = best + (step if isinstance(task, Binary) else np.array([step, -step, 0]))
        assert task.losses(truth, task.repeat(other, 4)).mean() > loss


def test_columns_hold_label_chances_and_decision() -> None:
    table = Binary(("y",), ("no", "yes")).columns(np.array([0.2, 0.4, 0.9]), 0.3)
    assert table.columns == ["prediction", "proba_no", "proba_yes", "decision"]
    assert table["prediction"].to_list() == ["no", "no", "yes"]
    assert table["decision"].to_list() == ["no", "yes", "yes"]
    assert "decision" not in Binary(("y",), ("no", "yes")).columns(np.array([0.2]), None).columns
    several = Multiclass(("y",), ("a", "b", "c")).columns(np.array([[0.1, 0.7, 0.2]]), None)
    assert several.row(0) == ("b", 0.1, 0.7, 0.2)


def test_facts_and_strata_count_classes() -> None:
    task = Binary(("y",), ("no", "yes"))
    facts = task.facts(np.array([0, 0, 0, 1]))
    assert facts["counts"] == {"no": 3, "yes": 1}
    assert facts["prevalence"] == 0.25
    assert facts["single"] == ["yes"]
    strata = task.strata(np.array([0, 1]))
    assert strata is not None
    assert strata.tolist() == [0, 1]
    assert task.family == "binary"


def test_multiclass_orders_notes_and_refuses() -> None:
    task = Multiclass.bind(frame(10, 9, 2, 2))
    assert task.labels == ("2", "9", "10")
    assert task.positive == ""
    assert tasks["multiclass"].of(json.loads(json.dumps(task.plain()))) == task
    rare = pl.DataFrame({"y": ["a"] * 10 + ["b"] * 10 + ["c"]})
    assert Multiclass.bind(rare).labels == ("a", "b", "c")
    assert "1 of them occur once" in Multiclass.suits(rare)[1]
    with pytest.raises(InputError, match="nearly one a row"):
        Multiclass.bind(pl.DataFrame({"y": [f"w{i // 4 if i < 8 else i}" for i in range(30)]}))
