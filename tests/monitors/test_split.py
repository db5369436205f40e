"""A lost score is taken apart as it was put together: harder inputs, a changed relation, or both."""

from dataclasses import replace

import numpy as np
import pytest

from milepost.monitors.base import Window
from milepost.monitors.quality import Quality


def came(window, normal):
    return next(signal for signal in Quality().watch(window, normal) if signal.name == "real")


def some(made, rows):
    return Window("w", made.frame[rows], made.prediction[rows], made.truth[rows], np.arange(len(rows)))


def test_a_loss_is_taken_apart_into_inputs_and_relation(normal, window) -> None:
    made = window(6000, labelled=True)
    flip = np.random.default_rng(3).random(6000) < 0.25
    hard = np.flatnonzero(np.abs(made.frame["x"].to_numpy()) < 0.4)
    moved = replace(made, truth=np.where(flip, 1 - made.truth, made.truth))
    for case, inputs, relation in (
        (moved, False, True),
        (some(made, hard), True, False),
        (some(moved, hard), True, True),
    ):
        seen = came(case, normal)
        lost, changed, error = seen.parts
        assert lost + changed == pytest.approx(seen.before - seen.now)
        assert (abs(lost) > 0.05) == inputs
        assert (changed > 3 * error) == relation
        assert "of the loss is due to new inputs" in seen.says
    assert came(made, normal).parts is None


def test_only_rows_with_an_outcome_take_a_loss_apart(normal, window) -> None:
    """Outcomes of hard rows alone: their low score is no change of the relation."""
    made = window(6000, labelled=True)
    hard = np.flatnonzero(np.abs(made.frame["x"].to_numpy()) < 0.4)
    few = replace(made, truth=made.truth[hard], known=hard)
    _, changed, error = came(few, normal).parts
    assert abs(changed) < 3 * error
