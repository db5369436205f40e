"""A model as one more annotator, against cleanlab's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from milepost.errors import InputError
from milepost.statistics.crowdlab import crowdlab
from milepost.statistics.ratings import Ratings, from_table

Array = np.ndarray


def crowd(seed: int, items: int = 600, shown: float = 0.25) -> tuple[Array, Array, Array]:
    """The truth, a table of six people with holes, and a model's probabilities."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, items)
    right = rng.uniform(0.5, 0.95, 6)
    said = np.where(rng.random((items, 6)) < right, truth[:, None], rng.integers(0, 3, (items, 6))) + 0.0
    hidden = rng.random(said.shape) > shown
    hidden[np.arange(items), rng.integers(0, 6, items)] = False
    said[hidden] = np.nan
    logits = 1.5 * np.eye(3)[truth] + rng.normal(size=(items, 3))
    model = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return truth, said, model


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_cleanlab(seed: int) -> None:
    multi = pytest.importorskip("cleanlab.multiannotator")
    _, said, model = crowd(seed)
    found = crowdlab(from_table(said, classes=[0.0, 1, 2]), model)
    theirs = multi.get_label_quality_multiannotator(
        pd.DataFrame(said), model, consensus_method="majority_vote", return_weights=True, verbose=False
    )
    told = theirs["label_quality"]
    chosen = told["consensus_label"].to_numpy().astype(int)
    quality = found.posterior[np.arange(len(chosen)), chosen]
    assert np.abs(quality - told["consensus_quality_score"]).max() < 1e-6
    assert found.people == pytest.approx(theirs["annotator_weight"], abs=1e-6)
    assert found.model == pytest.approx(theirs["model_weight"], abs=1e-6)


def test_few_labels_and_a_model_are_better_than_either() -> None:
    gains = []
    for seed in range(5):
        truth, said, model = crowd(seed, shown=0.1)
        labels = from_table(said, classes=[0.0, 1, 2])
        both = (crowdlab(labels, model).posterior.argmax(1) == truth).mean()
        votes = (labels.counts() + 0.01 * labels.counts().sum(0) / len(labels)).argmax(1)
        gains.append([both - (votes == truth).mean(), both - (model.argmax(1) == truth).mean()])
    assert (np.mean(gains, 0) > 0.02).all()


def test_a_model_that_knows_nothing_weighs_nothing() -> None:
    _, said, _ = crowd(0)
    noise = np.random.default_rng(9).dirichlet([1.0] * 3, len(said))
    found = crowdlab(from_table(said, classes=[0.0, 1, 2]), noise)
    assert found.model < 0.2 * found.people.mean()


def test_what_cannot_be_is_refused() -> None:
    labels: Ratings = from_table([[0.0, 1.0], [1.0, np.nan]])
    with pytest.raises(InputError, match=r"\(2, 3\)"):
        crowdlab(labels, np.ones((2, 3)) / 3)
    with pytest.raises(InputError, match="Raise the overlap"):
        crowdlab(from_table([[0.0, np.nan], [np.nan, 1.0]]), np.ones((2, 2)) / 2)
