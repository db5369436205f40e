"""The chapter of `final` for every way it can end."""

from dataclasses import replace

import pytest

from milepost import metrics
from milepost.report.blocks import Notice, plain
from milepost.steps.drop import Check
from milepost.steps.held import Held
from milepost.steps.lost import Missing
from milepost.steps.sealed import WORDS, Findings, ended, sentence, story
from milepost.tasks.classification import Binary

TASK = Binary(("late",), ("no", "yes"))
FOUND = Findings(
    metric="roc_auc", expected=0.8, low=0.75, high=0.85, method="by hand", score=0.79, score_low=0.76,
    score_high=0.82, rows=1000, drop=0.01, p=0.3, detectable=0.05, verdict="as expected", raw=0.81,
    optimism=0.01, noise=0.02, checks=(), also={"brier": 0.1}, naive=0.5, existing=0.6,
    held=(
        Held("naive answer", 0.5, 0.5, 0.5, 0.29, 0.26, 0.32),
        Held("existing solution", 0.6, 0.57, 0.63, 0.19, 0.16, 0.22),
    ),
    unrefitted=0.78,
    bar=0.7, openings=1, others=0, refit="development", seconds=3.0, cut=(), difference=1e-8, flips=0,
)  # fmt: skip


@pytest.mark.parametrize("verdict", list(WORDS))
def test_every_verdict_has_its_mark_and_words(verdict: str) -> None:
    first = story(replace(FOUND, verdict=verdict), TASK)[0]
    assert isinstance(first, Notice)
    assert (first.kind, first.text.startswith(WORDS[verdict][1])) == (WORDS[verdict][0], True)


def test_spent_seals_cut_refits_twins_and_checks_are_told() -> None:
    check = Check("shift", True, "the sealed rows are of another kind.")
    found = replace(FOUND, openings=2, others=1, cut=("lightgbm-1",), refit="all", checks=(check,), p=0.01)
    text = str(plain(story(found, TASK)))
    for words in (
        "opened 2 times",
        "1 other model",
        "lightgbm-1 early",
        "twin",
        "of another kind",
        "more than noise",
    ):
        assert words in text


def test_other_answers_stand_beside_the_model_with_intervals() -> None:
    text = str(plain(story(FOUND, TASK)))
    assert "gain over the existing solution" in text
    assert "+0.1900 (+0.1600 to +0.2200) roc_auc" in text


def test_the_sentence_needs_no_statistics() -> None:
    said = sentence(FOUND, TASK)
    assert (
        said
        == "On 1,000 rows that nobody had seen, it ranks a row with late = yes above a row with late = no "
        "79 % of the time (76 % to 82 %)."
    )


def test_what_could_not_be_made_is_told_and_noted() -> None:
    metric = metrics.get("roc_auc")
    assert ended(FOUND, metric)[0] == "passed"
    found = replace(FOUND, missing=(Missing("the point 'student'", "ValueError: no"),))
    verdict, reason = ended(found, metric)
    assert verdict == "noted"
    assert "the point 'student' (ValueError: no)" in reason
    assert "the point 'student' (ValueError: no)" in str(plain(story(found, TASK)))


def test_a_graph_that_answers_otherwise_fails() -> None:
    found = replace(FOUND, stray=0.125)
    verdict, reason = ended(found, metrics.get("roc_auc"))
    assert verdict == "failed"
    assert "its graph is up to 0.12 off" in reason
    assert "its graph is up to 0.12 off" in str(plain(story(found, TASK)))
