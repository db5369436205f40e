"""Windows of requests: as long as asked, in order, each with what was refused in it."""

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from milepost.data.traffic import traffic
from milepost.data.windows import spans, wrongs
from milepost.errors import UsageError
from milepost.serving.log import Log, Record


def table(rows: int = 3000, days: int = 30) -> pl.DataFrame:
    start = datetime(2024, 3, 1)
    at = [start + timedelta(days=days * i / rows) for i in range(rows)]
    return pl.DataFrame({"at": at, "n": range(rows), "proba_yes": 0.5}).sample(
        fraction=1.0, shuffle=True, seed=1
    )


def test_windows_of_rows_leave_out_a_last_one_that_is_not_full() -> None:
    found = traffic(table().drop("at"))
    assert found.time is None
    named, length = spans(found, "700 rows")
    assert (length, [len(s.rows) for s in named]) == ("700 rows", [700] * 4)
    assert [len(s.rows) for s in spans(found)[0]] == [500] * 6
    assert len(spans(traffic(table(200).drop("at")))[0]) == 1


@pytest.mark.parametrize(
    ("every", "names"),
    [
        (timedelta(minutes=1), ["2024-03-01 00:00", "2024-03-01 00:50"]),
        (timedelta(milliseconds=50), ["2024-03-01 00:00:00", "2024-03-01 00:00:02"]),
        (timedelta(milliseconds=1), ["2024-03-01 00:00:00, row 0", "2024-03-01 00:00:00, row 50"]),
    ],
)
def test_windows_that_follow_fast_have_names_of_their_own(every, names) -> None:
    rows = pl.DataFrame({"at": [datetime(2024, 3, 1) + i * every for i in range(100)], "n": range(100)})
    assert [span.name for span in spans(traffic(rows, time="at"), "50 rows")[0]] == names


@pytest.mark.parametrize(("window", "sentence"), [("1d", "the requests have none"), ("soon", "have none")])
def test_a_length_of_time_needs_a_time(window, sentence) -> None:
    with pytest.raises(UsageError, match=sentence):
        spans(traffic(table().drop("at")), window)
    with pytest.raises(UsageError, match="no duration"):
        spans(traffic(table(), time="at"), "soon")
    with pytest.raises(UsageError, match="no length"):
        spans(traffic(table(), time="at"), "0s")


def test_refused_requests_are_told_by_the_window_they_came_in(tmp_path: Path) -> None:
    log = Log(tmp_path, "shop", "abc")
    for at in (100.0, 200.0, 90_000.0):
        log.put(Record(at, "a", "predict", 1, lambda: [{"age": 1}], lambda: [{"prediction": 1.0}], 0.002))
    for at, why in (
        (150.0, "age: text"),
        (89_999.0, "body: no JSON"),
        (90_001.0, "age: text"),
        (5.0, "early"),
    ):
        log.put(Record(at, "r", "predict", 0, list, list, 0.001, 400, why))
    log.close()
    found = traffic(tmp_path)
    assert found.frame.height == 3
    named, _ = spans(found, "1d")
    assert wrongs(found, named) == [["early", "age: text", "body: no JSON"], ["age: text"]]
    assert wrongs(traffic(pl.DataFrame({"age": [1, 2], "zip": ["a", "b"]})), named) is None
