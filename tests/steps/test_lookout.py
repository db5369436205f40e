"""The chapter tells alarms, their rows, what was promised, and what it cannot see."""

from dataclasses import replace
from pathlib import Path

from milepost.registry import import_file
from milepost.report.blocks import charts, plain
from milepost.steps.ageing import Aged
from milepost.steps.lookout import chapter
from milepost.steps.monitor import judged
from milepost.steps.vigil import Vigil
from milepost.steps.watch import Looked

made = import_file(Path(__file__).with_name("test_watched.py"))
QUIET = Looked("2024-01-03", 100, 40, True, {"drift x": 0.2}, (0.8, 0.7, 0.9), (0.79, 0.7, 0.9), None, ())
SPANS = ((10.0,), (0.01,), (0.0,), (0.02,))
AGED = Aged(*SPANS, 10.0, 200.0, 40.0, (0.04, 0.02, 0.06), 10.0, ("Renew every 40 days.",))


def text(found):
    return str(plain(chapter(found)))


def test_alarms_and_their_rows_are_told() -> None:
    told = text(made.findings())
    assert "'x' moved" in told
    assert "Rows of 2024-01-01 that are unusual by 'x'" in told
    assert "too few windows to promise fewer" in told
    assert "2 name a request that was not read" in told
    assert "too few rows to judge" in told
    assert "A note." in told
    assert "cannot see that it has" in told


def test_where_nothing_is_wrong_it_says_so() -> None:
    told = text(made.findings(windows=(QUIET,), alarms=(), wanted=0.05))
    assert "No window raises an alarm." in told
    assert "to promise fewer" not in told


def test_outcomes_and_the_calendar_have_their_pictures() -> None:
    watch = Vigil(
        40, "outcome", 40, "error", 0.2, 0.15, 0.4, 0.05, 12, 30.0, 1e4, None, "d1", "d0", "d2", ((40, 1.5),),
        ("40 outcomes.", "The promise is broken."),
    )  # fmt: skip
    found = made.findings(windows=(QUIET,), vigil=watch, ageing=AGED)
    assert "How late outcomes come" in text(found)
    assert len(charts(list(chapter(found)))) == 3
    assert "Renew every 40 days." in text(found)


def test_the_verdict_counts_what_chance_makes() -> None:
    assert judged(made.findings(windows=(QUIET,), alarms=()))[0] == "passed"
    early = (made.WINDOW, *[QUIET] * 12)
    assert judged(made.findings(windows=early))[0] == "noted"  # one of 13 at 5 %, and not the latest
    often = (*[made.WINDOW] * 5, *[QUIET] * 12)
    verdict, reason = judged(made.findings(windows=often))
    assert verdict == "failed"
    assert reason.startswith("Alarms in 5 of 17 windows of 1 day (120 requests). 'x' moved (2024-01-01), ")
    assert judged(made.findings(windows=(QUIET, made.WINDOW)))[0] == "failed"  # the latest


def test_sentences_begin_with_capitals_and_no_cost_is_said_to_be_none() -> None:
    alarm = replace(made.ALARM, says="the images of 'x' are told apart", cost=-0.1, unseen=0.4)
    found = made.findings(windows=(QUIET, made.WINDOW), alarms=(alarm,))
    reason = judged(found)[1]
    assert ". The images of 'x' are told apart (2024-01-01), which costs no " in reason
    assert "40 % of the rows lie beyond all that was seen before" in text(found)
