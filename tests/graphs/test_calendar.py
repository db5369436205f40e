"""The calendar agrees with Python's, before 1970 too."""

from datetime import UTC, datetime, timedelta

import numpy as np

from milepost.graphs.builder import Builder
from milepost.graphs.calendar import Calendar
from milepost.graphs.compare import compare

PARTS = ("year", "month", "day", "weekday", "yearday", "hour", "minute", "second", "days")
ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def truth(second):
    moment = ZERO + timedelta(seconds=int(second))
    minute = moment.hour * 60 + moment.minute
    whole = (moment.date() - ZERO.date()).days
    date = moment.timetuple()
    parts = (moment.year, moment.month, moment.day, moment.weekday(), date.tm_yday, moment.hour)
    return (*parts, minute, minute * 60 + moment.second, whole)


def test_every_part():
    low = int((datetime(1, 1, 1, tzinfo=UTC) - ZERO).total_seconds())
    high = int((datetime(9999, 12, 31, tzinfo=UTC) - ZERO).total_seconds())
    random = np.random.default_rng(0).integers(low, high, 3000)
    years = (1600, 1700, 1899, 1900, 1904, 1969, 1970, 1999, 2000, 2001, 2023, 2024, 2100, 2400)
    starts = [int((datetime(year, 1, 1, tzinfo=UTC) - ZERO).total_seconds()) for year in years]
    turns = np.add.outer(starts, np.arange(366) * 86_400).ravel()
    seconds = np.concatenate([random, turns, turns - 1, [0, -1, 1, low, high]])
    builder = Builder()
    calendar = Calendar(builder, builder.input("t", "int64"))
    for part in PARTS:
        builder.output(getattr(calendar, part), part, "int64", 1)
    answers = np.array([truth(second) for second in seconds])
    expected = {part: answers[:, [at]] for at, part in enumerate(PARTS)}
    assert compare(builder.model(), {"t": seconds[:, None]}, expected, (1, 5, None), most=20) == 0
