"""Corrections by the brief and by answer, with what they need."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.errors import InputError
from milepost.steps.corrections import raked
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


def rows(count: int = 900, seed: int = 0) -> pl.DataFrame:
    return toys.shop(count, seed).drop("tier", "spent", "visit", "joined")


def older(count: int = 600) -> pl.DataFrame:
    """Production where one group is much commoner, and no target."""
    table = rows(3 * count, 5)
    keep = np.random.default_rng(0).random(table.height) < np.where(table["member"] == "yes", 0.9, 0.12)
    return table.filter(pl.Series(keep)).head(count).drop("bought")


@pytest.fixture
def shifted(make, tmp_path):
    def made(table: pl.DataFrame | None = None, **brief) -> Project:
        path = tmp_path / "production.parquet"
        (older() if table is None else table).write_parquet(path)
        project = make(rows(), "bought", data__production=str(path), **brief)
        project.run(until="annotate", yes=True)
        return project

    return made


def test_a_difference_is_asked_about_and_weights_are_kept(shifted) -> None:
    project = shifted()
    assert project.run(until="understand").code == 4
    (question,) = project.ledger.waiting()
    assert (question["name"], question["default"]) == ("understand.correction", "weights")
    project.answer("understand.correction", "weights", by="Ada")
    project.run(until="understand")
    found = project.found("understand")
    evidence = project.ledger.last("understand")
    weights = project.blobs.get_array(evidence.artifacts["weights"])
    development = project.blobs.get_frame(project.ledger.last("collect").artifacts["development"])
    assert weights.shape == (development.height,)
    assert weights.dtype == np.float64
    assert weights.mean() == pytest.approx(1)
    members = (development["member"] == "yes").to_numpy()
    assert weights[members].mean() > 2 * weights[~members].mean()
    assert found.correction.ess < development.height
    assert found.correction.by == "Ada"
    assert evidence.verdict == "noted"


def test_none_needs_a_reason(shifted) -> None:
    project = shifted()
    project.run(until="understand")
    project.answer("understand.correction", "none")
    assert project.run(until="understand").code == 4
    assert [q["name"] for q in project.ledger.waiting()] == ["understand.correction.because"]
    project.answer("understand.correction.because", "The shop closes next week.")
    project.run(until="understand")
    found = project.found("understand")
    assert "closes" in found.correction.says
    assert "weights" not in project.ledger.last("understand").artifacts


def test_production_beyond_reach_is_not_weighted_by_default(shifted) -> None:
    far = older().with_columns(income=pl.col("income") * 500, age=pl.lit(200.0))
    project = shifted(far)
    project.run(until="understand", yes=True)
    found = project.found("understand")
    assert found.correction.method == "none"
    assert "collect rows there" in found.correction.says
    assert not found.correction.used


def test_raking_to_known_margins(make) -> None:
    shares = {"member": {"yes": 0.7, "no": 0.3}}
    project = make(rows(), "bought", "understand", correction={"method": "raking", "margins": shares})
    weights = project.blobs.get_array(project.ledger.last("understand").artifacts["weights"])
    development = project.blobs.get_frame(project.ledger.last("collect").artifacts["development"])
    members = (development["member"] == "yes").to_numpy()
    assert weights[members].sum() / weights.sum() == pytest.approx(0.7, abs=1e-6)


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ({"yes": 1.0}, "'member' holds 'no', which has no share"),
        ({"yes": 0.6, "no": 0.3, "maybe": 0.1}, "a share to 'maybe', which no row of 'member' holds"),
    ],
)
def test_margins_that_do_not_fit_are_refused_by_name(shares, says) -> None:
    with pytest.raises(InputError, match=says):
        raked(rows(), {"member": shares})


def test_label_shift_is_kept_for_later(make) -> None:
    project = make(
        rows(), "bought", "understand", correction={"method": "label-shift"}, value={"prevalence": 0.1}
    )
    found = project.found("understand")
    assert found.correction.method == "label-shift"
    assert found.prevalence == 0.1
    assert "10 %" in found.correction.says


@pytest.mark.parametrize(
    ("method", "needs"), [("weights", "production sample"), ("label-shift", "production")]
)
def test_what_a_correction_needs_is_said(make, method: str, needs: str) -> None:
    project = make(rows(300), "bought", "understand", correction={"method": method})
    last = project.ledger.last("understand")
    assert last.verdict == "failed"
    assert needs in last.reason


def test_numbers_have_no_label_shift(make) -> None:
    table = toys.shop(300).drop("bought", "tier", "visit")
    project = make(table, "spent", "understand", correction={"method": "label-shift"})
    assert "is a number" in project.ledger.last("understand").reason
