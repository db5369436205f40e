"""The rows that judge score, calibrate, and count as the classes in production do."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from milepost import metrics
from milepost.steps.jury import Jury, production_shares
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.tune import Tune


@pytest.fixture
def scene(road, related):
    way = road(related(noise=0.3), metric="log_loss")
    way.run(Prepare())
    way.run(Protocol())
    work = way.work(Tune())
    return work, material(work)


def understood(**findings):
    evidence = {"understand": SimpleNamespace(findings=findings)}
    return SimpleNamespace(
        evidence=evidence,
        has=evidence.__contains__,
        task=SimpleNamespace(labels=("a", "b", "c"), exclusive=True),
    )


def test_too_sure_answers_are_calibrated_and_score_better(scene) -> None:
    work, data = scene
    jury = Jury(work, data, metrics.get("log_loss"))
    rng = np.random.default_rng(0)
    right = np.where(rng.random(len(jury.truth)) < 0.8, jury.truth, 1 - jury.truth)
    said = np.where(right == 1, 0.999, 0.001)
    found, shown = jury.calibrated(said)
    assert jury.score(shown) < 0.6 < jury.naive() < jury.score(said)
    often = float(np.mean(right == jury.truth))
    best = -often * np.log(often) - (1 - often) * np.log(1 - often)
    assert jury.score(shown) == pytest.approx(best, abs=0.03), "no calibrator knows more than how often"
    assert found.form[0] == "shrunk"
    assert 0 < jury.error(shown) < jury.error(said)
    by = jury.by_fold(shown)
    assert len(by) == len(data.folds)
    assert min(by) < jury.score(shown) < max(by)


def test_rows_count_as_often_as_their_class_in_production(scene) -> None:
    work, data = scene
    findings = {"correction": {"method": "label-shift"}, "prevalence": 0.1}
    work.evidence["understand"] = SimpleNamespace(findings=findings)
    jury = Jury(work, data, metrics.get("log_loss"))
    half = np.full(len(jury.truth), 0.1)
    assert jury.score(half) == pytest.approx(-0.1 * np.log(0.1) - 0.9 * np.log(0.9))


@pytest.mark.parametrize(
    ("findings", "shares"),
    [
        ({}, None),
        ({"correction": {"method": "weights"}, "prevalence": 0.2}, None),
        ({"correction": "label-shift", "prevalence": [0.2, 0.3, 0.5]}, (0.2, 0.3, 0.5)),
        ({"correction": {"method": "label-shift", "prevalence": {"a": 0.5, "b": 0.5}}}, (0.5, 0.5, 0.0)),
        ({"correction": {"method": "label-shift"}, "prevalence": None}, None),
    ],
)
def test_shares_are_read_where_label_shift_was_chosen(findings, shares) -> None:
    assert production_shares(understood(**findings)) == shares
