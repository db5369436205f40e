"""The chapter of `tune` with everything that may have to be said, and its charts."""

from dataclasses import replace

from milepost.report.blocks import charts, plain
from milepost.steps.course import story
from milepost.steps.hours import Hours
from milepost.steps.search import Findings, Passed, Ranked, Tried

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
    suggested=3, dropped=(Passed("lightgbm-9", "lightgbm", {"num_leaves": 9}, 0.6, 3, "behind the best"),),
    ended="The noise of the search exceeds its gain.",
    importance=(
        Ranked("lightgbm", "num_leaves", 0.7, 0.5, 0.9, 24),
        Ranked("lightgbm", "learning_rate", 0.3, 0.1, 0.5, 24),
        Ranked("linear", "C", 1.0, 1.0, 1.0, 21),
    ),
    hours=Hours(400, 0.001, 0.004, 0.0, 0.0005, "data", "Rows are the better buy."),
)  # fmt: skip


def test_nothing_is_left_out() -> None:
    text = str(plain(story(FOUND)))
    for words in (
        "boosted trees (LightGBM) (70 %)", "time ran out", "more folds and fresh rows", "Failed: catboost-1",
        "Not tried: 4 configurations", "Anything from 0.2500 to 0.3500", "at most 2 asked for", "0.7900",
        "noise of the search", "behind the best", "3, 1 of them dropped", "Rows are the better buy",
        "PED-ANOVA",
    ):  # fmt: skip
        assert words in text, words


def test_settings_are_drawn_for_the_family_that_leads_and_folded_for_others() -> None:
    blocks = story(FOUND)
    folded = [block for block in plain(blocks) if block.get("title", "").startswith("Settings of")]
    assert len(folded) == 1
    captions = [chart.caption for chart in charts(blocks)]
    assert captions.count("boosted trees (LightGBM): loss by num_leaves") == 1
    assert "What either would buy (20 % to 80 %)" in captions
    assert len(captions) == 8


def test_what_has_to_be_known_of_a_score_is_said() -> None:
    assert "It was trained elsewhere." in str(
        plain(story(replace(FOUND, remarks=("It was trained elsewhere.",))))
    )


def test_a_short_search_says_less() -> None:
    short = replace(FOUND, importance=(), hours=None, dropped=(), ended="", suggested=0)
    assert len(charts(story(short))) == 2
    text = str(plain(story(short)))
    assert "dropped" not in text
    assert "exactly 2 asked for" in text
    same = replace(short, tried=(TRIED[0], replace(TRIED[0], name="lightgbm-2", weight=0.3)))
    assert "this ships: 2 times boosted trees (LightGBM) (100 %)." in story(same)[0].text
