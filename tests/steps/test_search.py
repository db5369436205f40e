"""The findings come back from plain JSON as they were."""

from milepost.digest import plain
from milepost.steps.base import typed
from milepost.steps.hours import Hours
from milepost.steps.search import Findings, Passed, Ranked, Tried

FOUND = Findings(
    tried=(Tried("linear-1", "linear", {"C": 0.1}, 0.5, 0.75, 1, 0.1, False, 1.0),), metric="roc_auc",
    naive=0.81, corrected=0.79, low=0.75, high=0.83, error=0.02, optimism=0.015, stopping=0.005, stopped="",
    looks=9, effective=3.2, prior=0.03, spread=0.02, warning="", remedies=(), choice="one", form=["identity"],
    calibrator="identity", threshold=None, threshold_low=None, threshold_high=None, threshold_why="",
    threshold_flat=(), threshold_note="", shares=(), fold_scores=(0.8,), history=(("linear-1", 0.5, 0.5),),
    failed=(), skipped=(), trials=None, suggested=1, ended="",
    dropped=(Passed("linear-2", "linear", {"C": 9.0}, 0.6, 3, "behind"),),
    importance=(Ranked("linear", "C", 1.0, 1.0, 1.0, 21),),
    hours=Hours(0, 0.0, 0.0, 0.0, 0.1, "", "It cannot be told."),
)  # fmt: skip


def test_findings_survive_the_ledger() -> None:
    assert typed(Findings, plain(FOUND)) == FOUND
