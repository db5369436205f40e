import dataclasses

import numpy as np
import pytest

from milepost.digest import plain
from milepost.errors import InputError
from milepost.report.blocks import charts
from milepost.report.blocks import plain as shown
from milepost.steps.base import Told, typed
from milepost.steps.clock import Clock
from milepost.steps.explain import Explain
from milepost.steps.insight import Findings
from milepost.steps.sign import QUESTION
from milepost.training.attribute import Probe


def explain(stage, yes=True, **brief):
    work = stage.work("explain", yes, **brief)
    outcome = Explain().run(work)
    found = typed(Findings, plain(outcome.findings))
    evidence = stage.keep("explain", outcome.findings)
    blocks = Explain().tell(Told(found, evidence, work))
    return work, outcome, found, blocks


@pytest.fixture(scope="module")
def told(staged):
    return explain(
        staged("binary"), value__events_per_day=200.0, value__capacity_per_day=40.0, value__cost_miss=5.0,
        value__cost_false_alarm="bill", value__cost_unit="EUR", people__columns=["sex", "age"],
        data__time="day",
    )  # fmt: skip


def test_a_day_is_told_with_costs_capacity_and_groups(told):
    _, outcome, found, _ = told
    tested, counts = found.expected.tested, found.expected.counts
    assert sum(tested.values()) == 100
    caught = 200 * (tested["tp"] + tested["fn"]) / 100 * tested["tp"] / (tested["tp"] + tested["fn"])
    assert counts["caught"][0] == pytest.approx(caught, rel=0.05)
    assert counts["flagged"][0] == pytest.approx(counts["caught"][0] + counts["false"][0], abs=0.01)
    assert outcome.verdict == "noted"
    assert "reviews a day exceed your capacity of 40" in outcome.reason
    assert any("EUR a day" in line for line in found.expected.more)
    assert {"sex", "age"} <= set(found.slices)
    assert len(found.rates) == 2
    assert found.expectations["per"] == "day"
    assert found.expectations["counts"]["caught"]["low"] < counts["caught"][0]


def test_the_model_listens_to_what_the_target_was_made_of(told):
    *_, found, _ = told
    assert {i.name for i in found.importances[:2]} == {"age", "kind"}
    assert [e.name for e in found.asked.effects][:1] == [found.importances[0].name]
    noise = next(i for i in found.importances if i.name == "sex")
    assert noise.rise < found.importances[1].rise / 5


def test_failures_are_confident_and_wrong_and_never_sealed(told, staged):
    *_, found, _ = told
    stage = staged("binary")
    known = {row["age"] for row in stage.development.select("age").to_dicts()}
    assert found.asked.gallery
    assert {f.kind for f in found.asked.gallery} == {"missed", "flagged falsely"}
    for failure in found.asked.gallery:
        assert (failure.truth == "1") == (failure.kind == "missed")
        age = failure.row["age"]
        assert age == "missing" or float(age) in known


def test_the_chapter_begins_with_the_expectation_and_has_pictures(told):
    *_, outcome, found, blocks = (told[0], *told[1:])
    texts = str(shown(blocks))
    assert "What it takes" not in texts
    assert found.expected.sentence in outcome.reason
    titles = [chart.caption for chart in charts(blocks)]
    assert "What each threshold buys, out of fold" in titles
    assert "Said and happened" in titles
    assert "What the model listens to" in titles
    assert "Effect of age" in titles
    assert "Score by sex" in titles
    assert "slope" in texts


def test_the_head_of_the_report_gets_the_sentence_and_the_warnings(told, staged):
    work, _, found, _ = told
    stage = staged("binary")
    lines = Explain().expect(Told(found, stage.evidence["explain"], work))
    assert lines[-1] == found.expected.sentence
    assert "exceed your capacity" in lines[0]


def test_hypotheses_have_a_state_and_evidence(told):
    *_, found, _ = told
    assert [h.state for h in found.hypotheses] == ["supported", "supported"]
    assert "0.9000 (0.8000 to 0.9500) on 100 sealed rows" in found.hypotheses[1].evidence


def test_yes_signs_with_the_name_of_who_ran(told):
    work, _, found, _ = told
    assert found.threshold == 0.3
    assert found.signed_by == "ada (--yes)"
    assert work.ledger.answers(QUESTION)[QUESTION]["value"] == "0.3"


def test_fit_and_questions_keep_to_a_twentieth_of_the_budget_together(staged, monkeypatch):
    given = []

    class Listening(Probe):
        def __init__(self, material, config, rows, seconds, threads):
            given.append(seconds)
            super().__init__(material, config, rows, seconds, threads)

        def within(self, seconds):
            given.append(seconds)
            super().within(seconds)

    monkeypatch.setattr("milepost.steps.explain.Probe", Listening)
    work = staged("binary").work("explain")
    work.clock = Clock(100.0, 100.0)
    asked = Explain(rows=60).run(work).findings.asked
    assert asked.rows == 60
    assert all(one.error > 0 for one in asked.importances)
    fitting, asking = given
    assert fitting == pytest.approx(0.6 * 5)
    assert 1.0 <= asking < 5.0


def test_without_yes_it_waits_and_a_signature_counts(staged):
    stage = staged("multiclass")
    assert explain(stage, yes=False)[1].findings.threshold is None
    binary = staged("binary", anew=True)
    work, outcome, found, blocks = explain(binary, yes=False)
    assert [q.name for q in work.open_questions] == [QUESTION]
    assert found.signed_by == ""
    assert "waits for a signature" in str(shown(blocks))
    binary.project.ledger.answer(QUESTION, "60 %", "Ada")
    work, outcome, found, blocks = explain(binary, yes=False)
    assert not work.open_questions
    assert (found.threshold, found.signed_by) == (0.6, "Ada")
    assert outcome.findings.expected.tested["fp"] <= 100
    assert outcome.findings.card.count("signed by Ada") == 1
    binary.project.ledger.answer(QUESTION, "a lot", "Ada")
    with pytest.raises(InputError, match="'a lot' is no threshold"):
        explain(binary, yes=False)


def test_an_answer_that_is_no_threshold_is_refused_at_once():
    for wrong in ("a lot", "1.5", "-0.1", "nan"):
        with pytest.raises(InputError, match="is no threshold"):
            Explain.refuse(QUESTION, wrong)
    Explain.refuse(QUESTION, "0.3")
    Explain.refuse("explain.other", "a lot")


@pytest.mark.parametrize("task", ["multiclass", "multilabel", "regression", "vector"])
def test_other_tasks_are_told_in_their_own_words(staged, task):
    _, outcome, found, blocks = explain(staged(task), people__columns=["sex"])
    captions = " ".join(chart.caption for chart in charts(blocks))
    if task == "multiclass":
        assert "the right one of the 3 classes of 'grade'" in outcome.reason
        assert "What it takes for what" in captions
        assert found.calibration is not None
    elif task == "multilabel":
        assert "labels would be given" in outcome.reason
        assert "rows that bear each label" in captions
        assert found.calibration is not None
        assert found.threshold == (0.3, 0.4, 0.2)
        assert "Each label applies from its threshold in the table below" in found.card
    else:
        assert "of amount half would be off by" in outcome.reason
        assert "amount on the sealed rows" in captions
        assert ("of weight half" in outcome.reason) == (task == "vector")
    assert "Score by sex" in captions
    assert found.asked.gallery
    assert f"pipeline_tag: tabular-{'classification' if task[:5] == 'multi' else 'regression'}" in found.card


def test_no_class_of_the_sealed_rows_stops_nothing(staged):
    stage = staged("binary")
    work = stage.work("explain")
    truth = np.asarray(work.array("final", "truth"))
    prediction = np.asarray(work.array("final", "prediction"))
    before = stage.evidence["final"]
    kept = {
        **before.artifacts,
        "truth": work.keep(truth[truth == 0]),
        "prediction": work.keep(prediction[truth == 0]),
    }
    stage.evidence["final"] = dataclasses.replace(before, artifacts=kept)
    try:
        _, outcome, found, _ = explain(stage)
    finally:
        stage.evidence["final"] = before
    assert "one class only" in outcome.reason
    assert not found.expected.counts
