"""Labels go out as files and come in from files, each once, and what cannot be used is listed."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.labelling import label, pool, truth_of

from milepost import Project
from milepost.labels.formats.catalogue import FORMATS
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.plan import Terms
from milepost.labels.queue import Reply
from milepost.labels.rules import Rules
from milepost.project import bundle
from milepost.store.people import Person
from milepost.store.stock import NewItem


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


BOXES = [{"label": "cat", "x": 1.0, "y": 2.0, "w": 3.0, "h": 4.0}, {"label": "dog", "x": 0.0, "y": 0.0,
         "w": 9.0, "h": 9.0}]  # fmt: skip
PICTURED = ("coco", "yolo", "voc")


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[tuple[Labels, Labels]]:
    """Two queues of the same five pictures and a sealed one, whose keys are not the names of the files."""
    made = [Labels.open(tmp_path / f"{name}.db") for name in ("from", "to")]
    yield made[0], made[1]
    for labels in made:
        labels.close()


@pytest.mark.parametrize("format", [name for name in FORMATS if name != "crowd"])
def test_what_goes_out_of_one_queue_comes_into_another(
    pictures: tuple[Labels, Labels], format: str, tmp_path: Path
) -> None:
    kind = "boxes" if format in PICTURED else "choice"
    for labels in pictures:
        labels.start(LabelSet.start("pets", kind, ["Cat", "Dog"]), "Ann", Rules(labels=2))
        items = [NewItem({"image": f"{at}.png", "width": 40, "height": 30}, f"key-{at}", sealed=at == 5)
                 for at in range(6)]  # fmt: skip
        labels.add_items(items, "Ann")
    ann = pictures[0].people.add(Person(0, "ann", ("labeller",)), "Ann").id
    for place, item in enumerate(pictures[0].queue.next(ann, 6)):
        value = BOXES[: place % 3] if kind == "boxes" else ("cat", "dog")[place % 2]
        pictures[0].queue.submit(ann, Reply(item.id, f"c{place}", value, seconds=1.5))
    given = bundle.write(pictures[0], tmp_path / "out", format)
    assert (given.items, given.answers) == (5, 5)
    said: list[tuple[str, float | None]] = []
    made = bundle.read(pictures[1], tmp_path / "out", format, "ben", lambda *word: said.append(word))
    assert (made.items, made.said, made.answers, made.drafts, made.unread) == (5, 5, 5, 0, 0), made
    assert made.bad == ()
    assert said[-1] == ("5 of 5 answers", 1.0)
    before, after = (labels.answers.all() for labels in pictures)
    assert dict(zip(before.keys, before.values, strict=True)) == dict(
        zip(after.keys, after.values, strict=True)
    )
    assert made.shapes == (sum(map(len, before.values)) if kind == "boxes" else 0)
    name = pictures[1].people.get(int(after.people[0])).name
    assert name == ("ben" if format in ("yolo", "voc") else "ann")
