from __future__ import annotations

import pytest

from milepost.digest import plain
from milepost.learners.base import learners
from milepost.registry import load_plugins
from milepost.report.blocks import charts
from milepost.report.svg import draw
from milepost.steps.base import Told, typed
from milepost.steps.baseline import Baseline
from milepost.steps.overfit import Findings, Overfit
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol


@pytest.mark.slow
def test_the_border_is_found_and_told(road, related) -> None:
    bench = road(related(500, noise=3.0), seconds=25.0)
    for step in (Prepare(), Protocol(), Baseline()):
        bench.run(step)
    outcome = bench.run(Overfit())
    assert outcome.verdict == "passed", outcome.reason
    assert "The border is known" in outcome.reason
    found = typed(Findings, plain(outcome.findings))
    assert found == outcome.findings
    blocks = Overfit().tell(Told(found, bench.evidence["overfit"], bench.work(Overfit())))
    pictures = charts(blocks)
    assert len(pictures) >= 2
    assert all("<svg" in svg for svg in draw(pictures))
    assert "Validation turns at" in str(blocks)


def test_a_hurried_step_leaves_network_and_learning_curve_out_and_says_so(road, related) -> None:
    bench = road(related(300), seconds=20.0)
    for step in (Prepare(), Protocol(), Baseline()):
        bench.run(step)
    bench.brief = bench.brief.changed({"budget.seconds": "10ms"})
    outcome = bench.run(Overfit())
    assert outcome.findings.learning is None
    assert outcome.findings.memorised is None
    assert [climb.learner for climb in outcome.findings.climbs] == ["lightgbm"]
    assert any(
        "too little time to load and grow a neural network" in text for text in outcome.findings.skipped
    )
    assert any("too little time, for a learning curve" in text for text in outcome.findings.skipped)
    assert (outcome.verdict == "passed") == any(c.found == "yes" for c in outcome.findings.climbs)


def test_a_family_that_raises_is_named_and_ends_nothing(road, related, monkeypatch) -> None:
    bench = road(related(300), seconds=20.0)
    for step in (Prepare(), Protocol(), Baseline()):
        bench.run(step)

    def fails(*_: object) -> None:
        raise ArithmeticError("no numbers")

    monkeypatch.setattr(type(learners["lightgbm"]), "fit", fails)
    bench.brief = bench.brief.changed({"budget.seconds": "10ms"})
    outcome = bench.run(Overfit())
    assert "'lightgbm' could not be grown: ArithmeticError: no numbers" in outcome.findings.skipped
    assert outcome.reason == "No family of models could be grown."


OWN = """
from milepost.learners.base import learners

class Mine(type(learners["linear"])):
    name = "mine"

class Broken(Mine):
    name = "broken"

    def fit(self, train, valid, job):
        raise ArithmeticError("it is broken")

learners.add("mine", Mine())
learners.add("broken", Broken())
"""


@pytest.mark.slow
def test_learners_of_plug_ins_are_grown_and_one_that_raises_is_named(
    road, related, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("milepost.steps.overfit.unordered", lambda data, name: "networks are grown elsewhere")
    (tmp_path / "own.py").write_text(OWN)
    bench = road(related(300), seconds=60.0)
    for step in (Prepare(), Protocol(), Baseline()):
        bench.run(step)
    load_plugins(tmp_path)
    try:
        found = bench.run(Overfit()).findings
    finally:
        load_plugins(tmp_path / "none")
    mine = next(climb for climb in found.climbs if climb.learner == "mine")
    assert len(mine.rungs) > 1
    assert "'broken' could not be grown: ArithmeticError: it is broken" in found.skipped


@pytest.mark.slow
def test_the_deep_network_is_grown_where_a_column_holds_sounds(road, monkeypatch) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("soundfile", reason="needs the extra [audio]")
    from milepost.testing.sounds import sounds

    def other(data, name):
        return "a network of descriptors is grown elsewhere" if name == "network" else ""

    monkeypatch.setattr("milepost.steps.overfit.unordered", other)
    made = sounds(260, ("tone", "burst"), seed=4)
    bench = road(made.rename({"kind": "y"}), seconds=15.0)
    for step in (Prepare(), Protocol(), Baseline()):
        bench.run(step)
    found = bench.run(Overfit()).findings
    assert found.signals is not None
    assert "deep network can" in found.signals.says
    climb = next(climb for climb in found.climbs if climb.learner == "deep")
    assert climb.rungs[0].capacity == "2 channels"
    assert len(climb.rungs) < 2 or len(climb.curves) > 1
    blocks = Overfit().tell(Told(found, bench.evidence["overfit"], bench.work(Overfit())))
    assert "deep network" in str(blocks).lower()
