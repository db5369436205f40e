"""Requests are labelled by people; audits come back as outcomes, hard cases do not."""

import shutil

import polars as pl
import pytest

from milepost import Project
from milepost.errors import InputError, UsageError
from milepost.labels.labels import Labels
from milepost.labels.queue import Reply
from milepost.steps.outcomes import batches
from milepost.store.people import Person
from milepost.testing import toys


def test_labels_of_requests_come_back(finished: Project, tmp_path) -> None:
    shutil.copytree(finished.folder, tmp_path / "p")
    project = Project(tmp_path / "p")
    with pytest.raises(UsageError, match="no request was given"):
        project.labels.returns()
    with pytest.raises(InputError, match="share"):
        project.labels.ask(share=0.0)
    rows = toys.shop(200, seed=9).drop("tier", "spent")
    told = project.predict(rows.drop("bought"))
    answers = told.select([c for c in told.columns if c.startswith(("proba_", "prediction"))])
    pl.concat([rows.drop("bought"), answers], how="horizontal").write_parquet(tmp_path / "may.parquet")
    made = project.labels.ask(str(tmp_path / "may.parquet"), share=0.2, hard=10)
    assert made.requests == 200
    assert made.added == made.audits + made.hard
    assert 20 <= made.audits <= 62
    assert made.hard == 10
    queue = Labels(project.ledger.rows, "production")
    ann = queue.people.add(Person(0, "ann", ("labeller",)), "me").id
    while items := queue.queue.next(ann, 20):
        for item in items:
            queue.queue.submit(ann, Reply(item.id, f"a{item.id}", "yes"))
    back = project.labels.returns(tmp_path / "back.parquet")
    assert (back.audits, back.hard, back.recorded) == (made.audits, 10, made.audits)
    assert project.labels.returns().recorded == 0
    (batch,) = batches(project.ledger)
    assert batch["rows"] == made.audits
    assert batch["by"] == ["request"]
    taken = pl.read_parquet(tmp_path / "back.parquet")
    assert taken.height == made.added
    assert set(taken["bought"]) == {"yes"}
    found = project.monitor(data=str(tmp_path / "may.parquet")).findings
    assert found["labelled"] == made.audits
