"""Alarms are gathered over windows, ordered by what they cost; windows know their outcomes."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from milepost.data.traffic import traffic
from milepost.data.windows import spans
from milepost.digest import plain
from milepost.monitors.base import Signal
from milepost.registry import import_file
from milepost.statistics.alarm import Thresholds
from milepost.steps import watch as watch_module
from milepost.steps.base import typed
from milepost.steps.normal import Past
from milepost.steps.outcomes import Truths
from milepost.steps.watch import Looked, Watch

normals = import_file(Path(__file__).with_name("test_normal.py"))


@pytest.fixture(scope="module")
def watch():
    normal = normals.normal(*normals.rows(3000, 0))

    def made(change, truths=None):
        frame, truth, p = normals.rows(900, 7)
        requests = traffic(frame.with_columns(**change))
        past = Past(Thresholds({}, 0.05, 20, 0.05), "random", "")
        known = None if truths is None else Truths(truths, truth[truths], np.zeros(len(truths)), 0, 0)
        watching = Watch(normals.Quiet(), normal, past, requests, p, known)
        return watching, watching.run(spans(requests, "300 rows")[0], 100)

    return made


def test_an_alarm_spans_its_windows_and_the_costlier_comes_first(watch) -> None:
    late = pl.int_range(pl.len()) >= 300
    change = {
        "x": pl.when(late).then(pl.col("x") * 0.2).otherwise("x"),
        "z": pl.when(late).then(pl.col("z") + 2).otherwise("z"),
    }
    _, (looked, alarms) = watch(change)
    named = [alarm for alarm in alarms if alarm.column]
    assert [(a.name, a.windows, a.first, a.last) for a in named[:2]] == [
        ("drift x", 2, "row 300", "row 600"),
        ("drift z", 2, "row 300", "row 600"),
    ]
    assert named[0].cost > 0.1 > abs(named[1].cost)
    assert looked[0].alarms == ()
    assert looked[2].shares["drift x"] > 1


def test_windows_without_enough_rows_are_not_judged(watch) -> None:
    watching, _ = watch({})
    looked, _ = watching.run(spans(watching.made, "300 rows")[0], 301)
    assert [w.judged for w in looked] == [False] * 3
    assert looked[0].estimated is None


def test_each_window_knows_the_outcomes_of_its_own_requests(watch) -> None:
    rows = np.r_[10:60, 400:410, 700:800]
    watching, (looked, _) = watch({}, rows)
    assert [w.labelled for w in looked] == [50, 10, 100]
    assert [w.real is not None for w in looked] == [True, False, True]
    window = watching.window(SimpleNamespace(name="w", rows=np.arange(300, 600)))
    assert window.known.tolist() == list(range(100, 110))


def test_a_score_without_an_interval_survives_the_ledger(watch, monkeypatch) -> None:
    watching, _ = watch({})
    open_ended = Signal("estimated", "", 0.0, 0.1, 0.8, 0.7, "it is estimated")
    nowhere = replace(open_ended, name="real", now=float("nan"))
    monkeypatch.setattr(watch_module, "signals", lambda *_: [open_ended, nowhere])
    (looked, *_), _ = watching.run(spans(watching.made, "300 rows")[0], 100)
    assert (looked.estimated, looked.real) == ((0.7, None, None), None)
    assert typed(Looked, plain(looked)) == looked
