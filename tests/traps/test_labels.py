"""Rows that bear several labels go down the whole road; labels without rows and single leaks stop nothing."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.shipping.manifest import open_package
from milepost.shipping.verify import verify
from milepost.testing import toys


def test_from_a_file_to_answers_and_a_proof(cli, tmp_path: Path) -> None:
    table = toys.tickets(700, noise=0.5)
    table.write_csv(tmp_path / "tickets.csv")
    folder = tmp_path / "p"
    data = ("--data", tmp_path / "tickets.csv")
    code, said = cli("new", folder, *data, "--target", "topics", "--budget", "8s")
    assert code == 0, said
    assert "hold several of 5 labels separated by ';'" in said
    code, said = cli("run", folder, "--yes", "--waive-all", "a toy")
    assert code == 0, said
    project = Project(folder)
    tuned, final = project.found("tune"), project.found("final")
    assert len(tuned.threshold) == 5
    assert final.score > 1.5 * final.naive
    assert final.difference < 1e-5
    assert final.flips == 0
    assert project.found("baseline").beats
    assert verify(open_package(project.package)).passed
    answers = project.predict(table)
    borne = table["topics"].str.split(";").list.contains("bug")
    given = answers["prediction"].str.split(";").list.contains("bug")
    assert (borne == given).mean() > 0.75
    card = (folder / "package" / "README.md").read_text(encoding="utf-8")
    assert "Each label on the sealed rows" in card
    code, said = cli("report", folder)
    assert code == 0, said


@pytest.fixture
def forty() -> pl.DataFrame:
    """Two columns and forty labels, twelve of which no row bears, and one hardly any."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 2))
    labels = {f"l{i:02d}": (x[:, i % 2] + rng.normal(size=600) > 1).astype(int) * (i < 28) for i in range(40)}
    labels["l27"] = (np.arange(600) % 150 == 0).astype(int)
    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1], **labels})


def test_labels_that_never_occur_are_counted_and_the_rest_goes_on(
    forty: pl.DataFrame, tmp_path: Path
) -> None:
    targets = ",".join(name for name in forty.columns if name[0] == "l")
    project = Project.new(tmp_path / "p", forty, targets, budget="6s")
    project.run(until="understand", yes=True)
    framed = project.found("frame")
    assert "12 of 40 labels never occur" in framed.why
    assert framed.task["left"] == [f"l{i}" for i in range(28, 40)]
    assert framed.inputs == ("a", "b")
    annotated = project.ledger.last("annotate")
    assert annotated.verdict == "noted"
    assert "l27: learnt, but nothing can be estimated" in annotated.reason


def test_a_column_that_knows_one_label_is_left_out(tmp_path: Path) -> None:
    table = toys.tickets(1200)
    rng = np.random.default_rng(0)
    paid = table["topics"].str.contains("refund").cast(pl.Float64) + pl.Series(rng.normal(0, 0.2, 1200))
    project = Project.new(tmp_path / "p", table.with_columns(paid_back=paid), "topics", budget="6s")
    project.run(until="understand", yes=True)
    assert [excluded.name for excluded in project.found("understand").excluded] == ["paid_back"]
