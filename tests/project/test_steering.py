"""An owner chooses what is labelled next, finds what is like an item, and answers many at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.labelling import label, pool, truth_of

from milepost import Project
from milepost.errors import InputError
from milepost.labels.plan import Terms
from milepost.project.finding import Filter
from milepost.project.steering import HEAD, STEERED
from milepost.steps.labelled import keys

ROWS = 200


@pytest.fixture
def asked(tmp_path: Path) -> tuple[Project, pl.DataFrame, list[str]]:
    """A project whose rows wait for labels, a share of them sealed."""
    table, truth = pool(ROWS)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes")
    project.labels.start(Terms("we"), overlap=1)
    return project, table, truth


def test_without_a_model_typical_items_come_first_and_a_fifth_is_drawn(asked) -> None:
    project, _, _ = asked
    labels = project.labels
    before = list(labels.store.pool.waiting())
    chosen = labels.next(40, seed=1)
    assert (chosen.policy, chosen.model, chosen.waiting) == ("typical", "", ROWS)
    share = sum(item.sealed for item in before) / ROWS
    assert chosen.sealed == round(40 * share)
    assert len(chosen.picks) + chosen.sealed == 40
    drawn = [pick for pick in chosen.picks if pick.reason == "random"]
    assert len(drawn) == round(0.2 * len(chosen.picks))
    hidden = {item.key for item in before if item.sealed}
    assert not hidden & {pick.key for pick in chosen.picks}
    assert labels.next(40, seed=1) == chosen
    assert all(item.priority == 0 for item in labels.store.pool.waiting()), "nothing is moved yet"


def test_what_was_chosen_comes_first_and_keeps_its_reason(asked) -> None:
    project, table, truth = asked
    labels = project.labels
    chosen = labels.next(30, seed=2)
    assert labels.put(chosen) == 30
    first = {item.key: item.reason for item in labels.store.pool.waiting() if item.priority == HEAD}
    assert set(first) == set(chosen.keys)
    assert {pick.key: pick.reason for pick in chosen.picks}.items() <= first.items()
    assert len(labels.next(30, seed=3).picks) > 0
    assert not set(labels.next(30, seed=3).keys) & set(chosen.keys), "they are at the head already"
    (entry,) = project.ledger.rows.select(STEERED)
    assert (entry.body["policy"], entry.body["seed"]) == ("typical", 2)
    label(project, truth_of(table, truth), {"ann": 1.0}, 30)
    answered = labels.store.answers.all()
    assert set(answered.keys) <= set(chosen.keys)
    assert {labels.store.pool.reasons()[key] for key in answered.keys} == {"random", "typical"}


def test_with_labels_close_calls_come_first(asked) -> None:
    project, table, truth = asked
    with pytest.raises(InputError, match="no model yet"):
        project.labels.next(10, "margin")
    label(project, truth_of(table, truth), {"ann": 1.0}, 60)
    chosen = project.labels.next(6, seed=1)
    assert chosen.policy == "margin"
    assert chosen.model.startswith("quick, ")
    close = [pick.margin for pick in chosen.picks if pick.reason == "margin"]
    whole = [
        2 * match.sure - 1 for said in ("no", "yes") for match in project.labels.find(Filter(said=said)).items
    ]
    assert np.mean(close) < np.mean(whole) / 2
    assert {pick.reason for pick in project.labels.next(20, "random").picks} == {"random"}
    with pytest.raises(InputError, match="the policy 'best'"):
        project.labels.next(20, "best")  # type: ignore[arg-type]


def test_a_filter_counts_sealed_items_and_shows_none(asked) -> None:
    project, table, _ = asked
    labels = project.labels
    found = labels.find(Filter(where=("x0>0.5", "x1<=0.2")))
    fit = table.filter((pl.col("x0") > 0.5) & (pl.col("x1") <= 0.2))
    assert len(found.items) + found.sealed == fit.height
    assert found.sealed > 0
    hidden = {item.key for item in labels.store.pool.waiting() if item.sealed}
    assert not hidden & {match.key for match in found.items}
    assert all(match.content["x0"] > 0.5 for match in found.items)
    with pytest.raises(InputError, match="no column 'z'"):
        labels.find(Filter(where=("z=1",)))


def test_the_nearest_items_are_alike(asked) -> None:
    project, table, _ = asked
    labels = project.labels
    item = next(item for item in labels.store.pool.waiting() if not item.sealed)
    found = labels.similar(item.id, 10)
    assert item.id not in {match.id for match in found.items}
    alike = [match.alike for match in found.items]
    assert alike == sorted(alike, reverse=True)
    far = np.linalg.norm(table.to_numpy() - np.array(list(item.content.values())), axis=1)
    near = np.mean([np.linalg.norm(np.array(list(m.content.values())) - np.array(list(item.content.values())))
                    for m in found.items])  # fmt: skip
    assert near < 0.8 * np.mean(far)
    sealed = next(item for item in labels.store.pool.waiting() if item.sealed)
    with pytest.raises(InputError, match="cannot be an example"):
        labels.similar(sealed.id)


def test_many_are_labelled_at_once_by_what_the_model_says_and_taken_back(asked) -> None:
    project, table, truth = asked
    label(project, truth_of(table, truth), {"ann": 1.0}, 80)
    labels = project.labels
    found = labels.find(Filter(said="yes", sure=0.9))
    assert found.model.startswith("quick, ")
    assert all(match.sure >= 0.9 for match in found.items)
    before = len(labels.store.answers.all())
    made = labels.bulk(found, "yes")
    assert made.answered == len(found.items) > 5
    right = dict(zip(keys(table, ["y"]), truth, strict=True))
    assert np.mean([right[match.key] == "yes" for match in found.items]) > 0.85
    assert labels.status().alpha is None, "one voice each, and bulk is no second one"
    assert labels.take_back(made.name) == made.answered
    assert len(labels.store.answers.all()) == before
