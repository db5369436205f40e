from datetime import datetime, timedelta

import numpy as np
import polars as pl

from milepost.steps.material import material
from milepost.steps.seen import Seen, days


def test_each_development_row_is_seen_once_with_its_own_prediction(staged):
    work = staged("binary").work("explain")
    data = material(work)
    found = Seen.of(work, data)
    assert found.rows.tolist() == list(range(400))
    assert np.array_equal(found.truth, data.truth)
    kept = work.array("tune", "prediction")
    assert np.allclose(found.prediction[data.scored], kept)
    assert np.allclose(found.losses, data.task.losses(found.truth, found.prediction))


def test_fewer_rows_stay_aligned(staged):
    work = staged("binary").work("explain")
    found = Seen.of(work, material(work))
    some = found.thinned(100)
    assert len(some.rows) == 100
    assert some.frame.equals(found.frame[some.rows.tolist()])
    assert np.array_equal(some.truth, found.truth[some.rows])
    assert found.thinned(1000) is found


def test_history_counts_what_a_threshold_does_each_day(staged):
    work = staged("binary").work("explain", data__time="day")
    found = Seen.of(work, material(work))
    history = found.history(0.3)
    assert history is not None
    assert 50 <= history.number <= 58
    assert set(history.spread) == {"caught", "missed", "false", "flagged"}
    assert Seen.of(staged("binary").work("explain", data__time=""), material(work)).history(0.3) is None


def test_days_need_moments_without_gaps():
    moments = [datetime(2024, 1, 1) + timedelta(hours=12 * i) for i in range(4)]
    frame = pl.DataFrame({"at": moments, "n": [1, 2, 3, 4], "gap": [None, *moments[1:]]})
    assert (days(frame, "at") - 19723).tolist() == [0, 0, 1, 1]
    assert days(frame, "n") is None
    assert days(frame, "gap") is None
    assert days(frame, "") is None
