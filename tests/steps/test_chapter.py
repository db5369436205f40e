import dataclasses

import pytest

from milepost.report.blocks import Chart, Details, Notice, charts
from milepost.report.blocks import plain as shown
from milepost.report.gallery import Shown
from milepost.report.page import Section, page
from milepost.steps.chapter import calibrated, chapter
from milepost.steps.explain import Explain


@pytest.fixture(scope="module")
def told(staged):
    work = staged("binary").work(
        "explain", value__events_per_day=100.0, value__capacity_per_day=30.0, people__columns=["sex"]
    )
    outcome = Explain().run(work)
    return work, outcome.findings, outcome.reason


def test_what_must_not_be_overlooked_comes_first_and_nothing_twice(told):
    work, found, reason = told
    blocks = chapter(work, found, reason)
    assert isinstance(blocks[0], Notice)
    assert blocks[0].kind == "failed"
    assert found.expected.sentence not in str(shown(blocks))
    waiting = chapter(work, found, "One question waits for an answer.")
    assert str(shown(waiting)).count(found.expected.sentence) == 1


def test_people_are_shown_open_and_other_groups_folded(told):
    work, found, reason = told
    blocks = chapter(work, found, reason)
    open_charts = [block.caption for block in blocks if isinstance(block, Chart)]
    folded = [chart.caption for block in blocks if isinstance(block, Details) for chart in charts([block])]
    assert "Score by sex" in open_charts
    assert "Score by age" in folded
    assert "Effect of age" in folded


def test_nobody_compared_is_said(told):
    work, found, reason = told
    bare = dataclasses.replace(work, brief=work.brief.changed({"people.columns": []}))
    assert "nobody's results were compared" in str(shown(chapter(bare, found, reason)))


def test_the_capacity_is_marked_on_the_curve(told):
    work, found, reason = told
    curve = next(
        c for c in charts(chapter(work, found, reason)) if c.caption.startswith("What each threshold")
    )
    assert "30 % of the cases can be reviewed" in curve.alt
    assert "at the threshold 0.3: flag" in curve.alt


@pytest.mark.parametrize(
    ("slope", "words"), [(0.5, "too extreme"), (1.5, "too timid"), (1.0, "neither"), (-2.0, "no guide")]
)
def test_calibration_in_a_sentence(told, slope, words):
    _, found, _ = told
    seen = dataclasses.replace(found.calibration, slope=slope, intercept=0.123)
    text = calibrated(dataclasses.replace(found, calibration=seen))
    assert words in text
    assert f"The calibration slope is {slope:.2f} (1 is best), the intercept 0.12 (0 is best)" in text
    assert "On the whole it says " in text
    assert calibrated(dataclasses.replace(found, calibration=None)) == ""


def test_a_gap_of_chance_is_not_told_as_none(told):
    _, found, _ = told
    for gap, words in ((0.0, "no more than chance makes"), (0.021, "differ by 2.1 % on average")):
        seen = dataclasses.replace(found.calibration, ece_debiased=gap)
        assert words in calibrated(dataclasses.replace(found, calibration=seen))


def test_the_chapter_becomes_a_page(told):
    work, found, reason = told
    html = page(
        "test", [Section("explain", "?", "noted", reason, 1.0, tuple(chapter(work, found, reason)))], []
    )
    assert html.count("<svg") >= 6


def test_labels_of_few_rows_leave_no_empty_picture(staged):
    work = staged("multilabel").work("explain")
    found = Explain().run(work).findings
    title = "How many of the rows that bear each label it finds, sealed rows"
    assert title in [chart.caption for chart in charts(chapter(work, found, ""))]
    bare = dataclasses.replace(found, expected=dataclasses.replace(found.expected, rates={}))
    assert title not in [chart.caption for chart in charts(chapter(work, bare, ""))]


def test_failures_that_were_not_asked_about_are_counted(told):
    work, found, reason = told
    first, *others = found.asked.gallery
    late = dataclasses.replace(first, shown=(Shown("photo", "image", "image:gone", late=True),))
    asked = dataclasses.replace(found.asked, gallery=(late, *others))
    blocks = chapter(work, dataclasses.replace(found, asked=asked), reason)
    assert f"1 of the {1 + len(others)} are shown without marks" in str(shown(blocks))
