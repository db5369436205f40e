"""People label a pool, and the road learns from what they say together."""

import shutil
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from tests.labelling import Crowded, label, pool, truth_of

from milepost import Project
from milepost.errors import InputError, UsageError
from milepost.labels.migrations import Add
from milepost.labels.plan import Terms


def test_without_labels_the_road_says_whom_to_ask_and_how(tmp_path) -> None:
    table, _ = pool(60)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes")
    status = project.run(yes=True)
    assert (status.code, status.miles[0].state) == (4, "waiting")
    assert f"milepost labels start {project.folder}" in status.next
    with pytest.raises(UsageError, match="nobody was asked"):
        _ = project.labels.store
    made = project.labels.start(Terms("crowd", price=0.1, people=4))
    assert made.labels == ("no", "yes")
    assert made.rules.labels == 2
    assert made.plan.money == pytest.approx(0.1 * made.plan.labels)
    assert "60 items wait for labels" in project.run(yes=True).next


@pytest.mark.slow
def test_the_model_of_consensus_labels_comes_near_that_of_the_truth(crowded: Crowded, tmp_path) -> None:
    shutil.copytree(crowded.project.folder, tmp_path / "people")
    project, line = Project(tmp_path / "people"), {"trials": 3, "families": ["linear"]}
    project.ledger.set("tune", line)
    status = project.run(yes=True, waive_all="a guesser is among them")
    assert status.done, str(status)
    said = project.found("final")
    true = crowded.table.with_columns(y=pl.Series(crowded.truth))
    other = Project.new(tmp_path / "true", true, "y", budget="6s")
    other.ledger.set("tune", line)
    assert other.run(yes=True, waive_all="for comparison").done
    assert said.rows > 30
    answers = project.predict(crowded.table)
    right = (answers["prediction"] == pl.Series(crowded.truth)).mean()
    known = (other.predict(crowded.table)["prediction"] == pl.Series(crowded.truth)).mean()
    assert right >= known - 0.05
    assert right > 0.85
    opened = project.ledger.rows.select("sealed labels", "labels")
    assert {entry.body["by"] for entry in opened} <= {"final", "renew"}
    assert len(opened) >= 1
    page = project.report().read_text()
    assert "the model beside people" in page


def test_questions_with_a_known_answer_find_who_guesses(tmp_path) -> None:
    table, truth = pool(260)
    half = pl.Series("y", [name if at < 120 else None for at, name in enumerate(truth)])
    project = Project.new(tmp_path / "p", table.with_columns(half), "y")
    project.run(until="collect", yes=True)
    made = project.labels.start(Terms("crowd", people=3), overlap=3, gold=0.3)
    assert made.gold == 50
    label(project, truth_of(table, truth), {"ann": 0.97, "ben": 0.95, "gus": 0.5})
    found = {worker.name: worker for worker in project.labels.status().people}
    assert all(worker.gold[1] > 20 for worker in found.values())
    assert found["gus"].verdict == "stop"
    assert found["ann"].verdict == found["ben"].verdict == "keep"
    assert found["gus"].accuracy == pytest.approx(0.5, abs=0.2)
    assert project.labels.plan().labels > 0


def test_the_plan_goes_by_the_pace_that_was_measured(crowded: Crowded) -> None:
    made = crowded.project.labels.plan(width=0.05)
    seconds = crowded.project.labels.status().seconds
    assert made.hours == pytest.approx(made.labels * seconds / 3600)


def test_soft_labels_stay_available(crowded: Crowded) -> None:
    soft = crowded.project.labels.soft()
    assert soft.select(pl.sum_horizontal("no", "yes")).to_series().to_list() == pytest.approx(
        [1.0] * soft.height
    )


def test_a_change_of_the_label_set_is_told_first(tmp_path) -> None:
    table, _ = pool(40)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes")
    project.labels.start()
    assert "'maybe' is added" in project.labels.change(Add("maybe")).sentence
    assert project.labels.store.set.version == 1
    project.labels.change(Add("maybe"), apply=True)
    assert project.labels.store.set.version == 2


def test_what_cannot_be_asked_is_refused(tmp_path) -> None:
    table, truth = pool(40)
    full = Project.new(tmp_path / "full", table.with_columns(y=pl.Series(truth)), "y")
    with pytest.raises(InputError, match="every row has a label already"):
        full.labels.start()
    bare = Project.new(tmp_path / "bare", table.with_columns(y=pl.lit(None, pl.String)), "y", task="binary")
    with pytest.raises(InputError, match="0 label"):
        bare.labels.start()
    assert bare.labels.start(names=("no", "yes")).added == 40


def test_numbers_are_labelled_too(tmp_path) -> None:
    table, _ = pool(60)
    project = Project.new(
        tmp_path / "p", table.with_columns(price=pl.lit(None, pl.Float64)), "price", task="regression"
    )
    assert project.labels.start().kind == "number"


def test_known_answers_are_made_of_labels_and_not_of_measurements(tmp_path) -> None:
    table, _ = pool(60)
    table = table.with_columns(y=pl.Series([None] * 40 + [0.0, 1.0] * 10, dtype=pl.Float64))
    labelled = Project.new(tmp_path / "p", table, "y", task="binary")
    assert 5 < labelled.labels.start(gold=0.1).gold <= 20, "of the rows that are not sealed"
    measured = Project.new(tmp_path / "q", table, "y", task="regression")
    assert measured.labels.start(gold=0.1).gold == 0


LABELS = """
import sys
from milepost import Project
from milepost.labels.queue import Reply
from milepost.store.people import Person
labels = Project(sys.argv[1]).labels.store
ann = labels.people.add(Person(0, "ann", ("labeller",)), "me").id
while items := labels.queue.next(ann, 5):
    for item in items:
        labels.queue.submit(ann, Reply(item.id, f"a{item.id}", "yes"))
        print(item.id, flush=True)
"""


def test_a_labeller_that_is_killed_loses_nothing_and_another_goes_on(tmp_path) -> None:
    table, truth = pool(80)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes")
    project.labels.start()
    command = [sys.executable, "-c", LABELS, str(project.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(25)]
        process.kill()
        told += [int(line) for line in process.stdout.read().split("\n")[:-1] if line]
    done = project.labels.store.answers.counts()[0]["done"]
    assert len(told) <= done <= len(told) + 1  # at most one was on disk and not told any more
    again = label(project, truth_of(table, truth), {"ben": 1.0})
    assert done + again >= 80 - 5  # what ann held stays hers until its lease ends
    assert project.labels.store.answers.counts()[0]["done"] == done + again


def test_photos_without_any_label_are_begun_and_shown_by_reference(tmp_path) -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for at in range(12):
        pixels = rng.integers(0, 255, (24, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{at}.png")
    project = Project.new(tmp_path / "p", tmp_path / "photos", "species", labels="cat,dog,bird")
    made = project.labels.start()
    assert (made.added, made.labels) == (12, ("cat", "dog", "bird"))
    assert all(row["image"].startswith("image:") for _, row in project.labels.store.answers.contents(True))
