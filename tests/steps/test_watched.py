"""Findings survive the ledger, and know which windows were judged."""

from milepost.digest import plain
from milepost.steps.ageing import unknown
from milepost.steps.audited import Audited
from milepost.steps.base import typed
from milepost.steps.watch import Alarm, Looked
from milepost.steps.watched import Findings

WINDOW = Looked("2024-01-01", 100, 0, True, {"drift x": 1.2}, (0.8, 0.7, 0.9), None, (1.0, 2.0), ("drift x",))
ALARM = Alarm(
    "drift x", "x", 1, "2024-01-01", "2024-01-01", "2024-01-01", 0.3, 0.25, 0.02, 0.0, "'x' moved",
    (("x", "answer"), ("1", "0.5")),
)  # fmt: skip


def findings(**changed):
    """Findings with one window and one alarm."""
    made = {
        "source": "requests", "requests": 120, "length": "1 day", "alarms": (ALARM,), "rate": 0.05,
        "wanted": 0.02,
        "windows": (WINDOW, Looked("2024-01-02", 20, 0, False, {}, None, None, None, ())),
        "backtest": "windows were drawn", "metric": "roc_auc", "normal": 0.8, "matters": 0.03, "labelled": 0,
        "strange": 2, "corrected": 1, "maturity": ((1, 0.5, 100),), "vigil": None,
        "ageing": unknown("there is no time."), "notes": ("A note.",),
        "audited": Audited(40, 35, 30.0, 0.8, 0.7, 0.9, "35 of 40 requests."), "asked": {"audit": 3},
    }  # fmt: skip
    return Findings(**{**made, **changed})


def test_what_was_found_survives_the_ledger() -> None:
    assert typed(Findings, plain(findings())) == findings()


def test_only_windows_with_enough_rows_count_as_judged() -> None:
    assert findings().judged == (WINDOW,)
