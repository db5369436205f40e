"""The chapter of `tune` with everything that may have to be said."""

from milepost.report.blocks import plain
from milepost.steps.search import Findings, Tried, story

TRIED = (
    Tried("lightgbm-1", "lightgbm", {"num_leaves": 6, "learning_rate": 0.1}, 0.4, 0.8, 30, 2.0, True, 0.7),
    Tried("linear-1", "linear", {"C": 0.1}, 0.5, 0.75, 1, 0.1, False, 0.3),
)
FOUND = Findings(
    tried=TRIED, metric="roc_auc", naive=0.81, corrected=0.79, low=0.75, high=0.83, error=0.02, 
    optimism=0.015, stopping=0.005, stopped="by other folds", looks=9, effective=3.2, prior=0.03, spread=0.02,
    warning="Choosing flatters the score.", remedies=("more folds", "fresh rows"), choice="a blend of 2",
    form=["identity"], calibrator="identity: honest", threshold=0.3, threshold_low=0.2, threshold_high=0.4,
    threshold_why="the least cost", threshold_flat=(0.25, 0.35), threshold_note="It flags about 9 a day.",
    shares=(), fold_scores=(0.8, 0.78), history=(("linear-1", 0.5, 0.5), ("lightgbm-1", 0.4, 0.4)),
    failed=("catboost-1: no",), skipped=("4 configurations: no time",), trials=2,
)  # fmt: skip


def test_nothing_is_left_out() -> None:
    text = str(plain(story(FOUND)))
    for words in (
        "boosted trees (LightGBM) (70 %)", "time ran out", "more folds and fresh rows", "Failed: catboost-1",
        "Not tried: 4 configurations", "Anything from 0.2500 to 0.3500", "exactly 2 asked for", "0.7900",
    ):  # fmt: skip
        assert words in text, words
