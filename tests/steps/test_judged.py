"""What is scored on the opened rows, and what stands beside it there."""

from __future__ import annotations

import numpy as np
import pytest

from milepost import metrics
from milepost.steps.forecast import forecast
from milepost.steps.judged import Judged
from milepost.steps.opening import Opening
from milepost.steps.refit import unrefitted


def scored(refitted, mood):
    """A judgement of what stands, beside the same without its refit."""
    work, data, _, stands = refitted("")
    rows, other = work.rows("test"), None
    if mood:
        *_, fickle = refitted(mood)
        other = unrefitted(work, data, fickle.tuned)
    judged = Judged(work, data, stands, rows, stands.fitted.model.predict(rows))
    return judged, judged.findings(forecast(work, data, stands.tuned), other, Opening(rows, 1, 0)), rows


def test_scores_are_those_of_the_rows(refitted) -> None:
    judged, found, rows = scored(refitted, "")
    apart = judged.prediction - rows["y"].to_numpy()
    assert found.score == pytest.approx(float(np.sqrt(np.mean(apart**2))))
    assert found.rows == rows.height
    assert found.score_low < found.score < found.score_high < found.naive
    assert found.unrefitted is None
    assert judged.missing == []
    price, error, share = judged.price(judged.prediction, rows["y"].to_numpy())
    assert price == pytest.approx(found.score)
    assert error > 0
    assert share == pytest.approx(found.score / metrics.get("rmse").gain(0.0, found.naive))


def test_what_stands_beside_may_fail_and_is_told(refitted) -> None:
    judged, found, _ = scored(refitted, "rude")
    assert found.unrefitted is None
    (missing,) = judged.missing
    assert (missing.name, missing.why) == ("the model without its refit", "ValueError: that row is strange")
