"""The probe passes the checks, agrees with scikit-learn on an embedding, and is for media only."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from milepost.learners.base import Batch, Job, learners
from milepost.learners.probe import STRENGTHS, Probe
from milepost.tasks.heads import SoftmaxHead
from milepost.testing.learners import check_learner, check_space, graph_gap


def embedded(rows, seed):
    """What a network with ReLU6 gives: 600 features of rank 20, most of them small, of 4 classes."""
    generator = np.random.default_rng(seed)
    mix = np.random.default_rng(0).normal(size=(20, 600)) / 8
    truth = generator.integers(0, 4, rows)
    inner = generator.normal(size=(rows, 20)) + 2.0 * np.eye(20)[truth]
    return np.clip(inner @ mix + 0.05 * generator.normal(size=(rows, 600)), 0, 6).astype(np.float32), truth


def test_passes_the_checks(heads):
    check_learner(Probe(), heads)
    check_space(Probe(), heads[1])


def test_it_is_for_text_images_and_sound():
    probe = learners["probe"]
    assert probe.view == "embedded"
    assert probe.needs == {"text", "image", "sound"}
    listed = [params["C"] for params in probe.portfolio(500, 1280, SoftmaxHead(3))]
    assert sorted(listed) == sorted(STRENGTHS)
    assert len(set(listed)) == 7


def test_it_agrees_with_scikit_learn_on_an_embedding():
    (x, y), (seen, truth) = embedded(300, 1), embedded(2000, 2)
    for c in (0.1, 10.0):
        model = learners["probe"].fit(Batch(x, y.astype(np.int64)), None, Job({"C": c}, SoftmaxHead(4)))
        other = LogisticRegression(C=c, tol=1e-6, max_iter=2000).fit(x, y)
        ours, theirs = model.raw(seen).argmax(1), other.predict(seen)
        assert (ours == theirs).mean() > 0.98, c
        assert (ours == truth).mean() > 0.6
        assert graph_gap(model, seen, 4) < 1e-5
