"""Requests are labelled by people; audits come back as outcomes, hard cases do not."""

import shutil

import polars as pl
import pytest

from milepost import Project, metrics
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


def test_monitor_gives_requests_to_people_and_scores_by_audits(finished: Project, tmp_path) -> None:
    shutil.copytree(finished.folder, tmp_path / "p")
    project = Project(tmp_path / "p")
    rows = toys.shop(400, seed=11).drop("tier", "spent")
    rows.drop("bought").write_parquet(tmp_path / "june.parquet")
    data = str(tmp_path / "june.parquet")
    assert project.monitor(data=data).findings["asked"] == {}, "nobody labels in this project"
    project.labels.ask(data, share=0.05, hard=0)
    found = project.monitor(data=data, audit=0.3, hard=20).findings
    assert set(found["asked"]) >= {"audit", "margin"}
    assert 75 <= found["asked"]["audit"] <= 165  # 120 expected, sd 9
    queue = Labels(project.ledger.rows, "production")
    named = ("income", "age", "latitude")
    truth = {tuple(row[name] for name in named): row["bought"] for row in rows.to_dicts()}
    ann = queue.people.add(Person(0, "ann", ("labeller",)), "me").id
    while items := queue.queue.next(ann, 20):
        for item in items:
            said = truth[tuple(item.content.get(name) for name in named)]
            queue.queue.submit(ann, Reply(item.id, f"a{item.id}", said))
    again = project.monitor(data=data, audit=0.3, hard=20).findings
    assert again["asked"] == {}, "the same requests are not asked for twice"
    honest = again["audited"]
    assert honest["drawn"] == honest["labelled"] >= found["asked"]["audit"]
    p = project.predict(rows.drop("bought"))["proba_yes"].to_numpy()
    real = metrics.get(again["metric"])((rows["bought"] == "yes").to_numpy().astype(int), p)
    assert honest["score"] == pytest.approx(real, abs=0.16)  # four standard errors of so many audits
    assert honest["low"] < honest["score"] < honest["high"]
