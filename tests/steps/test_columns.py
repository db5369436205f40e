"""How columns that people label enter the brief, the rows and the keys of steps."""

import polars as pl

from milepost.brief import Brief
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.queue import Reply
from milepost.ledger import Ledger
from milepost.steps import columns
from milepost.steps.labelled import keys
from milepost.store.people import Person
from milepost.store.rows import Rows
from milepost.store.stock import NewItem


def asked_for(ledger: Ledger, column: str, kind: str, added: bool, names: tuple[str, ...] = ()) -> Labels:
    one = columns.Asked(column, kind, added)
    labels = Labels(ledger.rows, one.queue)
    labels.start(LabelSet.start(column, kind, names), "ann")
    columns.noted(ledger.rows, one, "ann")
    return labels


def test_only_what_the_brief_says_of_availability_opens_a_column_that_people_give(where: str) -> None:
    ledger = Ledger(Rows(where))
    asked_for(ledger, "tone", "number", added=True)
    asked_for(ledger, "gap", "number", added=False)
    asked_for(ledger, "spots", "boxes", added=True, names=("spot",))
    found = columns.closed(Brief.of({"columns": {"tone": {"modality": "number"}}}), ledger.rows)
    assert not found.columns["tone"].available
    assert found.columns["tone"].modality == "number"
    assert set(found.columns) == {"tone"}, "gaps stay inputs, and shapes are no column"
    said = Brief.of({"columns": {"tone": {"available": True}}})
    assert columns.closed(said, ledger.rows) is said


def test_state_changes_with_labels_and_sealed_ones_fill_too(where: str) -> None:
    ledger = Ledger(Rows(where))
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0], "y": ["p", "q", None]})
    assert columns.seen(ledger) is None
    labels = asked_for(ledger, "tone", "choice", added=True, names=("good", "bad"))
    before = columns.seen(ledger)
    names = keys(frame, ["y"])
    labels.add_items([NewItem({"x": 1.0}, names[0]), NewItem({"x": 2.0}, names[1], sealed=True)], "ann")
    ann = labels.people.add(Person(0, "ann", ("labeller",)), "ann").id
    for item in labels.queue.next(ann, 2):
        labels.queue.submit(ann, Reply(item.id, f"c{item.id}", "good"))
    assert columns.seen(ledger) != before
    brief = Brief.of({"target": {"columns": ["y"]}})
    made = columns.given(brief, ledger.rows, frame, "collect")
    assert made["tone"].to_list() == ["good", "good", None]
    assert made.drop("tone").equals(frame)


def test_a_reader_is_told_what_each_column_is_worth() -> None:
    def filled(**more: object) -> columns.Filled:
        known = {"column": "c", "kind": "choice", "added": False, "available": True, "filled": 3, "empty": 1}
        return columns.Filled(
            **{**known, "items": 4, "answers": 3, "alpha": None, "reading": "unknown"} | more
        )

    told = columns.told([filled(), filled(added=True), filled(added=True, available=False)])
    assert "Production has these gaps" in told[0]
    assert "is an input" in told[1]
    assert "[columns.c] available = true" in told[2]
    assert "fill no cell" in columns.told([filled(kind="boxes")])[0]
