"""A relation that turns with time is seen to age; a fixed one is not; without a time nothing is made up."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from milepost.steps.ageing import aged, unknown
from milepost.steps.crafted import Features
from milepost.steps.sampled import Sampled


def drifting(turn: float, rows: int = 1500) -> pl.DataFrame:
    """Two years; what tells the classes apart turns by some radians from beginning to end."""
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(rows, 2)), np.linspace(0, 1, rows)
    score = 3 * (np.cos(turn * t) * x[:, 0] + np.sin(turn * t) * x[:, 1])
    y = np.where(rng.random(rows) < 1 / (1 + np.exp(-score)), "yes", "no")
    at = [datetime(2022, 1, 1) + timedelta(days=730 * v) for v in t]
    return pl.DataFrame({"at": at, "a": x[:, 0], "b": x[:, 1], "y": y})


@pytest.fixture
def told(make, monkeypatch):
    def run(table, **brief):
        project = make(table, "y", "protocol", **brief)
        from milepost.steps.clock import Clock
        from milepost.steps.run import current
        from milepost.steps.work import Work

        road = project.road
        evidence = dict(current(road))
        evidence["tune"] = replace(evidence["protocol"], step="tune", findings={"metric": "roc_auc"})
        stores = (road.ledger, road.blobs, road.engine, Clock(9.0, 9.0))
        work = Work("monitor", road.folder, road.brief, *stores, evidence, {})
        monkeypatch.setattr(Work, "found", _found(Work.found))
        return aged(work), work

    return run


def _found(real):
    """Tuned findings are long; only their metric is read here."""

    return lambda self, step, kind: (
        SimpleNamespace(metric="roc_auc", features=Features(), sample=Sampled())
        if step == "tune"
        else real(self, step, kind)
    )


def test_a_turning_relation_gives_a_date_for_the_renewal(told) -> None:
    found, work = told(drifting(2.5), data__time="at", data__split="time")
    assert found.renew_days is not None
    assert 10 < found.renew_days < 200
    assert found.renew_loss[1] > 0
    assert found.half_days > found.renew_days
    assert "Renew every" in found.says[0]
    assert found.loss[-1] > found.loss[0] > 0
    assert aged(work) == found  # remembered


def test_a_fixed_relation_gives_none(told) -> None:
    found, _ = told(drifting(0.0), data__time="at", data__split="time")
    assert found.renew_days is None
    assert "No ageing beyond chance" in found.says[0]


def test_without_a_time_it_says_why(told) -> None:
    found, _ = told(drifting(0.0, 300).drop("at"))
    assert found == unknown("no column orders the rows in time. Name one under [data] time.")
    assert found.days == ()
