"""Who decides on a suspect, and that the hunt goes on after each exclusion."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.steps.work import Talk
from milepost.testing import toys


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Project]:
    """Makes a project of a table, with keys of the brief changed, and runs it as far as said."""

    def made(table: pl.DataFrame, target: str, until: str | None = None, **brief: Any) -> Project:
        folder = tmp_path / "project"
        project = Project.new(folder, table, target, budget="6s")
        project.brief.changed({key.replace("__", "."): value for key, value in brief.items()}).write(folder)
        project = Project(folder)
        if until:
            project.run(until=until, talk=Talk(yes=True))
        return project

    return made


def leaky(rows: int = 800) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    table = toys.shop(rows).drop("tier", "spent", "visit")
    y = (table["bought"] == "yes").cast(pl.Float64).to_numpy()
    return table.with_columns(receipt=y + rng.normal(0, 0.2, rows), invoice=y + rng.normal(0, 0.2, rows))


def understood(project):
    return project.found("understand")


def test_leaks_leave_by_default_and_the_report_names_them(make) -> None:
    project = make(leaky(), "bought", "understand")
    found = understood(project)
    assert {e.name for e in found.excluded} == {"receipt", "invoice"}
    assert all("--yes" in e.by for e in found.excluded)
    roles = {c["name"]: c["role"] for c in found.schema}
    assert roles["receipt"] == roles["invoice"] == "ignored"
    assert {"receipt", "invoice"} <= set(found.scores)


def test_a_suspect_waits_for_a_person_and_the_answer_counts(make) -> None:
    project = make(leaky(), "bought")
    project.run(until="annotate", yes=True)
    status = project.run(until="understand")
    assert status.code == 4
    waiting = {q["name"] for q in project.ledger.waiting()}
    assert waiting == {"understand.leak.receipt", "understand.leak.invoice"}
    project.answer("understand.leak.receipt", "yes", by="Ada")
    project.answer("understand.leak.invoice", "no", by="Ada")
    project.run(until="understand")
    found = understood(project)
    assert [(e.name, e.by) for e in found.excluded] == [("invoice", "Ada")]
    assert [(k.name, k.by, k.open) for k in found.kept] == [("receipt", "Ada", False)]


def test_the_brief_settles_a_column_without_a_question(make) -> None:
    columns = {
        "receipt": {"available": False},
        "invoice": {"available": True, "because": "It is written at the door."},
    }
    project = make(leaky(), "bought")
    project.brief.changed({"columns": columns}).write(project.folder)
    project = type(project)(project.folder)
    project.run(until="annotate", yes=True)
    project.run(until="understand", talk=Talk())
    found = understood(project)
    assert found.excluded == ()
    assert [(k.name, k.open) for k in found.kept] == [("invoice", False)]
    assert "the brief" in found.kept[0].by
    assert {c["name"]: c["role"] for c in found.schema}["receipt"] == "ignored"
