"""Labels go out as files and come in from files, each once, and what cannot be used is listed."""

import csv

import pytest
from tests.labelling import label, pool, truth_of

from milepost import Project
from milepost.labels.plan import Terms


@pytest.fixture
def begun(tmp_path):
    table, truth = pool(50)
    project = Project.new(tmp_path / "p", table, "y", labels="no,yes")
    project.labels.start(Terms(people=2), overlap=2)
    return project, truth_of(table, truth)


def test_a_file_goes_out_and_comes_back_with_everybodys_labels(begun, tmp_path) -> None:
    project, truth = begun
    given = project.labels.write(tmp_path / "todo.csv", "csv", waiting=True)
    assert (given.items, given.answers) == (50, 0)
    with open(tmp_path / "todo.csv", newline="") as stream:
        keys = [row["item"] for row in csv.DictReader(stream)]
    assert set(keys) == set(truth)
    lines = [f"{key},{truth[key]},ann,3" for key in keys] + [f"{key},{truth[key]},ben,5" for key in keys[:9]]
    lines += ["nowhere,yes,ann,1", f"{keys[0]},maybe,cid,1", f"{keys[0]},yes,dee,1"]
    (tmp_path / "done.csv").write_text("item,label,person,seconds\n" + "\n".join(lines) + "\n")
    made = project.labels.read(tmp_path / "done.csv", "csv")
    assert (made.entries, made.answers) == (62, 59)
    reasons = " ".join(bad.reason for bad in made.bad)
    assert len(made.bad) == 3
    assert "no such item" in reasons
    assert "maybe" in reasons
    assert "the answer of 'dee': the item has no room" in reasons
    assert project.labels.store.answers.counts()[0]["done"] == 59
    again = project.labels.read(tmp_path / "done.csv", "csv")
    assert again.answers == 59
    assert project.labels.store.answers.counts()[0]["done"] == 59


def test_sealed_answers_never_go_out(begun, tmp_path) -> None:
    project, truth = begun
    label(project, truth, {"ann": 1.0, "ben": 1.0})
    made = project.labels.write(tmp_path / "out.jsonl", "jsonl")
    sealed = len(project.labels.store.answers.hidden())
    assert sealed > 0
    assert (made.items, made.answers) == (50 - sealed, 2 * (50 - sealed))
    one = project.labels.write(tmp_path / "one.csv", "csv", consensus=True)
    assert one.answers == 50 - sealed
    known = set(project.labels.store.answers.hidden())
    assert not any(key in (tmp_path / "out.jsonl").read_text() for key in known)
