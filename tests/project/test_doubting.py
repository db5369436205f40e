"""Labels that are probably wrong go to another person, and nothing is changed by that alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.labelling import label, pool, truth_of

from milepost import Project
from milepost.errors import UsageError
from milepost.labels.plan import Terms
from milepost.labels.queue import Reply
from milepost.steps.labelled import keys
from milepost.store.people import Person


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, pl.DataFrame, set[str]]:
    """A project in which 24 of 400 labels that came with the rows are the other one."""
    table, truth = pool(400)
    wrong = np.random.default_rng(1).permutation(400)[:24]
    given = np.array(truth)
    given[wrong] = np.where(given[wrong] == "yes", "no", "yes")
    whole = table.with_columns(y=pl.Series(given))
    folder = tmp_path_factory.mktemp("mistaken") / "p"
    project = Project.new(folder, whole, "y", budget="3s", threads=1)
    project.brief.changed({"budget.trials": 1}).write(folder)
    project = Project(folder)
    assert project.run(until="tune", yes=True, waive_all="a toy").miles
    names = keys(whole, ["y"])
    return project, whole, {names[at] for at in wrong}


def test_before_tune_there_is_nothing_to_doubt_by(tmp_path: Path) -> None:
    table, truth = pool(60)
    project = Project.new(tmp_path / "p", table.with_columns(y=pl.Series(truth)), "y")
    with pytest.raises(UsageError, match="which `tune` makes"):
        project.labels.doubts()


def test_doubted_rows_become_items_and_people_confirm_or_change(mistaken, tmp_path: Path) -> None:
    first, whole, wrong = mistaken
    shutil.copytree(first.folder, tmp_path / "p")
    project = Project(tmp_path / "p")
    told = project.labels.doubts()
    mine = {doubt.key for doubt in told.doubts}
    names = set(keys(whole, ["y"]))
    assert mine <= names, "keys are those of the table's rows"
    base = len(wrong) / 400
    assert len(mine & wrong) / len(mine) > 3 * base
    assert (told.asked, told.looked) == (0, ())
    before = [mile.state for mile in project.status().miles]
    made = project.labels.doubts(put=True)
    assert made.asked == len(mine)
    assert {item.reason for item in project.labels.store.pool.waiting()} == {"doubt"}
    assert [mile.state for mile in project.status().miles] == before, "asking alone changes no step"
    labels = project.labels.store
    ann = labels.people.add(Person(0, "ann", ("labeller",)), "me").id
    right = {doubt.key: doubt.instead if doubt.key in wrong else doubt.label for doubt in told.doubts}
    numbers = {number: key for key, number in labels.answers.numbers(sorted(mine)).items()}
    ids = {label.name: id for id, label in labels.set.active.items()}
    for item in labels.queue.next(ann, 20):
        labels.queue.submit(ann, Reply(item.id, f"a{item.id}", ids[right[numbers[item.id]]]))
    seen = {look.key: look.state for look in project.labels.doubts().looked}
    assert {key for key, state in seen.items() if state == "changed"} <= wrong
    assert sum(state != "waiting" for state in seen.values()) == min(20, len(mine))
    assert [mile.state for mile in project.status().miles] == before
    assert project.labels.doubts(put=True).asked == 0, "nobody is asked twice"


def test_what_people_labelled_goes_to_somebody_else(tmp_path: Path) -> None:
    table, truth = pool(300)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes", budget="10s", threads=1)
    project.brief.changed({"budget.trials": 1}).write(project.folder)
    project = Project(project.folder)
    project.labels.start(Terms("we"), overlap=1)
    label(project, truth_of(table, truth), {"ann": 0.9})
    project.run(until="tune", yes=True, waive_all="a toy")
    made = project.labels.doubts(most=10, put=True)
    assert made.asked == min(10, made.among) > 0
    store = project.labels.store
    ann, ben = store.people.named("ann").id, store.people.add(Person(0, "ben", ("labeller",)), "me").id
    assert store.queue.next(ann, 50) == []
    given = store.queue.next(ben, 50)
    numbers = store.answers.numbers([doubt.key for doubt in made.doubts])
    assert {item.id for item in given} == set(numbers.values())
    assert {store.pool.reasons()[doubt.key] for doubt in made.doubts} == {"random + doubt"}
