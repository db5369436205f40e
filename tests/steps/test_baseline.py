from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from milepost.digest import plain
from milepost.report.blocks import charts
from milepost.steps.base import Told, typed
from milepost.steps.baseline import Baseline, Findings
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol


def judged(bench):
    bench.run(Prepare())
    bench.run(Protocol())
    return bench.run(Baseline())


@pytest.mark.parametrize(
    ("kind", "task", "metric"),
    [
        ("binary", "binary", "roc_auc"),
        ("multiclass", "multiclass", "log_loss"),
        ("number", "regression", "rmse"),
    ],
)
def test_a_relation_passes_and_supports_the_first_hypothesis(road, related, kind, task, metric) -> None:
    bench = road(related(kind=kind), task, metric)
    outcome = judged(bench)
    found = outcome.findings
    assert outcome.verdict == "passed"
    assert found.beats
    assert found.supported == "supported"
    assert found.result.low > 0
    assert found.canary.sings
    assert set(found.models) == {"stump", "linear", "lightgbm"}
    assert {f"prediction:{a.name}" for a in found.answers} == set(outcome.artifacts)
    assert len(bench.ledger.looks()) == 3


def test_noise_fails_with_what_to_do(road) -> None:
    rng = np.random.default_rng(2)
    frame = pl.DataFrame({"x0": rng.normal(size=300), "x1": rng.normal(size=300), "y": rng.normal(size=300)})
    outcome = judged(road(frame, "regression", "rmse"))
    assert outcome.verdict == "failed"
    assert outcome.findings.supported in ("open", "refuted")
    assert "inputs may not hold the answer" in outcome.reason or "labelled rows" in outcome.reason


def test_a_random_walk_is_not_beaten_by_a_model(road) -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        days = np.datetime64("2020-01-01") + np.arange(400).astype("timedelta64[D]")
        walk = np.cumsum(rng.normal(size=400))
        frame = pl.DataFrame({"x0": rng.normal(size=400), "day": days, "y": walk})
        frame = frame.with_columns(pl.Series("trend", np.arange(400.0)))
        outcome = judged(road(frame, "regression", "rmse", data={"time": "day"}))
        assert outcome.verdict == "failed"
        assert outcome.findings.result.baseline == "last value"
        assert "last value" in outcome.reason


@pytest.mark.slow
def test_few_rows_are_judged_by_shuffling_labels(road, related, monkeypatch) -> None:
    monkeypatch.setattr("milepost.steps.canary.MOST", 39)
    bench = road(related(70, noise=0.1))
    bench.run(Prepare())
    bench.run(Protocol())
    bench.brief = bench.brief.changed({"budget.seconds": "900s"})  # 99 shuffles would have to fit in
    outcome = bench.run(Baseline())
    assert outcome.findings.result.tests[0].name.startswith("permutation")
    assert outcome.findings.result.p == outcome.findings.result.tests[0].p
    assert outcome.verdict == "passed"


def test_the_existing_solution_has_to_be_beaten(road, related) -> None:
    frame = related(500, noise=0.5)
    score = 1.5 * pl.col("x0") + pl.col("x1") * pl.col("x2")
    bench = road(frame.with_columns(score.alias("today")), existing={"column": "today"},
                 columns={"today": {"role": "ignored"}})  # fmt: skip
    outcome = judged(bench)
    assert outcome.findings.result.baseline == "existing"


def test_the_story_is_told_from_plain_findings(road, related) -> None:
    bench = road(related())
    outcome = judged(bench)
    found = typed(Findings, plain(outcome.findings))
    assert found == outcome.findings
    blocks = Baseline().tell(Told(found, bench.evidence["baseline"], bench.work(Baseline())))
    assert len(charts(blocks)) == 1
    text = str(blocks)
    assert "is supported" in text
    assert "smallest gain this test sees 8 times in 10" in text
    assert "shuffled labels" in text
    assert found.gain == found.result.gain
    assert found.gain_low < found.gain < found.gain_high
    assert (found.p, found.best, found.baseline) == (found.result.p, found.result.best, found.result.baseline)
