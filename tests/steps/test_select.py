"""From looks to what ships, and the shares of classes in production."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from milepost import metrics
from milepost.statistics.prior import prior_correction
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.select import Selection
from milepost.steps.tune import Tune
from milepost.training.evaluate import evaluate
from milepost.training.fit import Config, Fit

CONFIGS = (Config("linear", {"C": 1.0}), Config("lightgbm", {"num_leaves": 6}))


@pytest.fixture
def scene(road, related):
    way = road(related(), budget={"seconds": 20.0, "threads": 1, "trials": 2})
    way.run(Prepare())
    way.run(Protocol())
    work = way.work(Tune())
    data = material(work)
    return work, data, list(evaluate(data, [Fit(c, 0) for c in CONFIGS], work.engine))


def test_the_score_adds_up_and_rounds_are_honest(scene) -> None:
    work, data, tried = scene
    found = Selection(work, data, metrics.get("roc_auc"), tried, 100.0).run()
    assert found.naive - found.stopping - found.optimism == pytest.approx(found.corrected)
    assert found.weights.sum() == pytest.approx(1)
    assert found.final.shape == found.truth.shape
    trees = found.weights[[e.config.learner for e in found.tried].index("lightgbm")]
    assert ("again for the rounds" in found.stopped) == (trees > 0)


def test_members_that_cannot_be_refitted_in_time_are_left_out_but_the_best_stays(scene) -> None:
    work, data, tried = scene
    found = Selection(work, data, metrics.get("roc_auc"), tried, 1e-9).run()
    assert found.weights.tolist() == [1.0, 0.0]
    assert found.tried[0].loss < found.tried[1].loss


def test_an_ensemble_that_would_answer_too_slowly_is_not_chosen(scene) -> None:
    work, data, tried = scene
    rng = np.random.default_rng(0)
    truth = data.truth[data.scored]
    alike = []
    for strength in (1.0, 2.0, 3.0):
        said = 1 / (1 + np.exp(-(2 * truth - 1 + 1.5 * rng.normal(size=len(truth)))))
        losses = data.task.losses(truth, said)
        config = Config("linear", {"C": strength})
        alike.append(replace(tried[0], config=config, prediction=said, losses=losses, ms=4.0, view_ms=0.1))

    def members(latency: float | None) -> tuple[int, str]:
        work.brief = work.brief.changed({"constraints.latency_ms": latency})
        found = Selection(work, data, metrics.get("roc_auc"), alike, 100.0).run()
        return int((found.weights > 0).sum()), found.choice

    assert members(None)[0] == members(19.0)[0] == 3
    two, why = members(13.0)
    assert two == 2
    assert "an answer would take longer than the brief allows" in why
    assert members(7.0)[0] == members(1.0)[0] == 1


def test_other_shares_of_the_classes_move_probabilities_and_count_rows(scene) -> None:
    work, data, tried = scene
    plain = Selection(work, data, metrics.get("log_loss"), tried, 100.0).run()
    findings = {
        **work.evidence["understand"].findings,
        "correction": {"method": "label-shift"},
        "prevalence": 0.1,
    }
    work.evidence["understand"] = SimpleNamespace(findings=findings)
    moved = Selection(work, data, metrics.get("log_loss"), tried, 100.0).run()
    share = float(np.mean(plain.truth))
    assert moved.shares == (0.9, 0.1)
    left = 1 / (len(plain.truth) + 2)
    inner = (plain.final - left * share) / (1 - left)
    expected = (1 - left) * prior_correction(inner, share, 0.1) + left * 0.1
    assert moved.final == pytest.approx(expected, abs=1e-5)
    assert moved.naive < plain.naive  # a rare class is less surprising on the whole
    assert moved.proposal.value < plain.proposal.value
