from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

from milepost.learners.bring.fitted import Converted, Estimated, Part, converted
from milepost.testing.learners import graph_gap

X = np.random.default_rng(0).normal(size=(80, 3)).astype(np.float32)
CODES = (X[:, 0] > 0).astype(int)


def test_probabilities_become_logits_that_are_no_surer_than_half_a_row() -> None:
    part = Part(LogisticRegression(C=1e6).fit(X, CODES), "sigmoid", 1, 80)
    raw = part.raw(X)
    assert raw.shape == (80, 1)
    assert ((raw[:, 0] > 0) == CODES).all()
    limit = math.log((1 - 0.5 / 81) / (0.5 / 81))
    assert np.abs(raw).max() == pytest.approx(limit)


def test_decision_scores_are_raw_scores_as_they_are() -> None:
    svc = LinearSVC().fit(X, CODES)
    assert Part(svc, "sigmoid", 1, 80).raw(X)[:, 0] == pytest.approx(svc.decision_function(X))


def test_several_outputs_lie_side_by_side() -> None:
    parts = tuple(Part(LinearRegression().fit(X, X[:, i]), "identity", 1, 80) for i in (0, 2))
    assert Estimated(parts, "", "").raw(X) == pytest.approx(X[:, [0, 2]], abs=1e-5)


@pytest.mark.parametrize("link", ["sigmoid", "softmax"])
def test_the_graph_gives_the_same_scores_also_where_classes_lack(link: str) -> None:
    pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    codes = CODES if link == "sigmoid" else 2 * CODES
    width = 1 if link == "sigmoid" else 4
    part = Part(LogisticRegression().fit(X, codes), link, width, 80)
    model = Converted((part,), (converted(part, 3),), 3)
    assert model.raw(X) == pytest.approx(part.raw(X), abs=1e-4)
    assert graph_gap(model, X, width) < 1e-5
