"""A backup is a project: taken while people label, nothing acknowledged before is missing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from milepost import Project
from milepost.errors import UsageError
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.queue import Reply
from milepost.project.backup import backup
from milepost.store.audit import Audit
from milepost.store.people import Person
from milepost.store.stock import NewItem


def test_a_project_is_copied_while_people_label(copied: Project, tmp_path: Path) -> None:
    labels = Labels(copied.ledger.rows)
    labels.start(LabelSet.start("pets", "choice", ["Cat", "Dog"]), "Ann")
    labels.add_items([NewItem({"text": str(i)}) for i in range(2000)], "Ann")
    ann = labels.people.add(Person(0, "Ann", ("owner",)), "Ann").id
    acknowledged: list[int] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set() and (items := labels.queue.next(ann)):
            item = items[0]
            acknowledged.append(labels.queue.submit(ann, Reply(item.id, f"c{item.id}", "cat")).decision)

    thread = threading.Thread(target=work)
    thread.start()
    while len(acknowledged) < 5:
        stop.wait(0.01)
    before = list(acknowledged)
    made = backup(copied.folder, copied.ledger.rows, tmp_path / "safe" / "copy")
    stop.set()
    thread.join()
    again = Project(made.folder)
    assert made.files > 5
    assert made.size > 10_000
    kept = {decision.id for decision in Labels(again.ledger.rows).answers.since(0)}
    assert set(before) <= kept <= set(acknowledged)
    assert Audit(again.ledger.rows, "labels").problems() == []
    assert [mile.state for mile in again.status().miles] == [mile.state for mile in copied.status().miles]
    assert again.verify().passed
    assert not list(made.folder.glob(".milepost/*.lock"))


def test_a_copy_replaces_nothing_and_lies_outside(copied: Project, tmp_path: Path) -> None:
    rows = copied.ledger.rows
    for place in (tmp_path, copied.folder, copied.folder / "inside"):
        with pytest.raises(UsageError, match="outside the project"):
            backup(copied.folder, rows, place)
    assert not (copied.folder / "inside").exists()


def test_a_package_that_is_replaced_meanwhile_is_copied_again(
    copied: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from milepost.project import backup as module

    manifest, times, whole = copied.folder / "package" / "manifest.json", [0], module._copier

    def meddling(source: str, target: str) -> str:
        if Path(source).name == "manifest.json" and Path(source).parent.name == "package" and times[0] < 1:
            times[0] += 1
            done = whole(source, target)
            manifest.write_bytes(manifest.read_bytes() + b" ")
            return done
        return whole(source, target)

    monkeypatch.setattr(module, "_copier", meddling)
    made = backup(copied.folder, copied.ledger.rows, tmp_path / "safe")
    assert (made.folder / "package" / "manifest.json").read_bytes() == manifest.read_bytes()
    assert times == [1]
