"""The commands that steer the queue tell first and do it with --yes."""

import pytest
from tests.labelling import label, pool, truth_of

from milepost import Project


@pytest.fixture
def project(tmp_path):
    table, truth = pool(120)
    made = Project.new(tmp_path / "p", table, "y", labels="no,yes")
    made.labels.start()
    label(made, truth_of(table, truth), {"ann": 1.0}, 40)
    return made


def test_what_is_next_is_told_and_put_first_with_yes(milepost, project) -> None:
    told = milepost("labels", "next", project.folder, "--most", 10, "--seed", 1)
    assert told.code == 0
    assert "policy margin, asked of quick, " in told.out
    assert "random" in told.out
    assert "sealed items, drawn at random" in told.out
    assert all(item.priority == 0 for item in project.labels.store.pool.waiting())
    done = milepost("labels", "next", project.folder, "--most", 10, "--seed", 1, "--yes", "--json").json
    assert done["moved"] == 10
    assert len(done["picks"]) + done["sealed"] == 10
    bad = milepost("labels", "next", project.folder, "--policy", "best")
    assert bad.code != 0
    assert "typical" in bad.err


def test_what_is_found_is_labelled_at_once_and_taken_back(milepost, project) -> None:
    words = ("labels", "find", project.folder, "--where", "x0>0.3", "--label", "yes")
    told = milepost(*words)
    assert "sealed ones fit too" in told.out
    assert milepost(*words, "--json").json["bulk"] is None
    before = len(project.labels.store.answers.all())
    made = milepost(*words, "--yes", "--json").json
    assert made["bulk"]["answered"] == len(made["items"]) > 0
    name = made["bulk"]["name"]
    assert name in milepost("labels", "back", project.folder).out
    assert milepost("labels", "back", project.folder, name, "--json").json["taken"] == len(made["items"])
    assert len(project.labels.store.answers.all()) == before
    assert milepost("labels", "back", project.folder, name).code != 0
    near = made["items"][0]["id"]
    assert (
        len(milepost("labels", "find", project.folder, "--like", near, "--most", 3, "--json").json["items"])
        <= 3
    )


def test_doubts_and_worth_say_what_is_missing(milepost, project) -> None:
    assert "`tune` makes" in milepost("labels", "doubts", project.folder).err
    assert "too few labels" in milepost("labels", "worth", project.folder).out
    assert milepost("labels", "plan", project.folder, "--json").json["worth"] == ""
