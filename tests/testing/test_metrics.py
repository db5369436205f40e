"""The property checks find faults."""

import numpy as np
import pytest

from milepost.metrics import Metric
from milepost.testing.metrics import check_metric


def made(function, **changes):
    given = {"name": "trial", "better": "higher", "reads": "scores", "tasks": ("binary",), "says": "{value}"}
    return Metric(**{**given, "kind": "other", "perfect": 1.0, "function": function, **changes})


def ranking(truth, scores, weight=None):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(truth, scores, sample_weight=weight)


def test_a_good_metric_passes():
    check_metric(made(ranking))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (made(ranking, better="lower"), "improves when noise is mixed in"),
        (made(ranking, perfect=2.0), "perfect predictions"),
        (made(lambda t, s, _=None: ranking(t, s)), "repeated rows"),
        (made(lambda t, s, w=None: ranking(t, s, w) + (0 if w is None else w.sum())), "multiplied"),
        (made(lambda *_: np.random.default_rng().uniform()), "deterministic"),
        (made(lambda *_: 1.0), "shuffled"),
        (made(ranking, rows=lambda _, s: s), "order two predictions otherwise"),
    ],
)
def test_a_fault_is_named(fault, words):
    with pytest.raises(AssertionError, match=words):
        check_metric(fault)
