"""Monotone columns: the answers of the package go one way, though the rows say otherwise here and there."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.errors import BriefError, InputError
from milepost.shipping.manifest import open_package
from milepost.shipping.runner import Runner

ROWS = 300


def table(kind: str) -> pl.DataFrame:
    """Answers that rise with income, then fall; income is missing here and there; debts push them down."""
    rng = np.random.default_rng(0)
    income, debts = rng.lognormal(3, 1, ROWS), rng.poisson(3, ROWS)
    age, town = rng.uniform(18, 80, ROWS).round(), rng.choice(["a", "b", "c"], ROWS)
    bump = 4 * np.exp(-(((np.log(income) - 3) / 0.5) ** 2))
    score = bump - 0.3 * debts + 0.5 * (town == "a") + rng.normal(0, 0.5, ROWS)
    answer = {
        "binary": np.where(score > np.median(score), "yes", "no"),
        "number": 100 * score,
        "classes": np.array(["low", "middle", "high"])[np.digitize(score, np.quantile(score, [0.3, 0.7]))],
    }[kind]
    known = pl.Series(income).set(pl.Series(rng.random(ROWS) < 0.05), None)
    return pl.DataFrame({"income": known, "debts": debts, "age": age, "town": town, "answer": answer})


def project(tmp_path, kind: str, **columns: str) -> Project:
    """A project with directions."""
    made = Project.new(tmp_path / kind, table(kind), "answer", budget="8s")
    ways = {name: {"monotone": way} for name, way in columns.items()}
    made.brief.changed({"columns": ways, "budget.trials": 6}).write(tmp_path / kind)
    return Project(tmp_path / kind)


@pytest.mark.parametrize("kind", ["binary", "number"])
@pytest.mark.slow
def test_the_package_keeps_to_the_directions(tmp_path, kind) -> None:
    made = project(tmp_path, kind, income="up", debts="down")
    made.run(until="ship", yes=True, waive_all="a test")
    tuned = made.found("tune")
    assert {one.learner for one in tuned.tried} >= {"linear", "lightgbm", "catboost"}
    assert "network" not in {one.learner for one in tuned.tried}
    assert any("does not keep to the direction" in reason for reason in tuned.skipped)
    runner = Runner(open_package(made.package))
    frame = table(kind).drop("answer")
    for name, way in (("income", 1), ("debts", -1)):
        span = np.unique(frame[name].drop_nulls().to_numpy()).astype(float)
        sweep = np.concatenate([[span[0] - 10], span, [10 * span[-1]]])
        for row in frame.head(25).to_dicts():
            rows = {key: [value] * len(sweep) for key, value in row.items()} | {name: sweep.tolist()}
            found = runner.answers(rows, len(sweep))
            said = found["proba"][:, 1] if kind == "binary" else found["value"].ravel()
            steps = way * np.diff(said.astype(float))
            assert steps.min() > -1e-6 * max(1.0, np.ptp(said)), (name, row)


def test_several_classes_cannot_all_rise(tmp_path) -> None:
    with pytest.raises(BriefError, match="several answers"):
        project(tmp_path, "classes", income="up").run(until="frame", yes=True)


def test_a_category_neither_grows_nor_shrinks(tmp_path) -> None:
    with pytest.raises(InputError, match="'town' is said to be monotone"):
        project(tmp_path, "binary", town="up").run(until="understand", yes=True, waive_all="a test")
