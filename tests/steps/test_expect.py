from dataclasses import replace

import numpy as np
import pytest

from milepost.brief import Brief
from milepost.statistics.days import Days
from milepost.statistics.expectation import Outcomes, Traffic
from milepost.steps.expect import Scene, amount, expect, outcomes, scene, thing, told
from milepost.tasks.base import tasks

TESTED = Outcomes(950, 50, 750, 29_250)
FRAUD = Scene(Traffic(8280, (28_000, 828_000)), True, "kind = fraud", "as among the 31,000 sealed rows")


def near(span, mean, low, high):
    assert span == pytest.approx((mean, low, high), abs=2)


def test_the_sentence_of_the_chapter_with_its_numbers():
    found = expect(FRAUD, TESTED, 0.3)
    for kind, numbers in {
        "caught": (265.9, 234, 299),
        "missed": (14.1, 7, 23),
        "false": (200.1, 170, 232),
        "flagged": (465.9, 422, 512),
    }.items():
        near(found.counts[kind], *numbers)
    assert found.sentence == (
        "At the threshold 0.3 the model misses 5.0 % (3.8 to 6.5) of the cases with kind = fraud and "
        "falsely flags 2.5 % (2.3 to 2.7) of the others. Every day, of 8,280 cases, "
        "an average of 200 (170 to 232) would be flagged falsely, "
        "an average of 14 (7 to 23) with kind = fraud would be missed, and an average of 266 (234 to 299) "
        "would be caught."
    )
    assert found.rates["precision"][0] == pytest.approx(0.5708, abs=0.002)
    assert found.more[0].startswith("Every day 466 (422 to 51")
    assert "3.4 % of the cases have kind = fraud, as among the 31,000 sealed rows." in found.more[0]


def test_twice_as_many_positives_change_precision_and_not_the_rates():
    half, twice = expect(FRAUD, TESTED, 0.3).scenarios
    assert twice.startswith(
        "Were kind = fraud twice as frequent: 532 (486 to 578) caught, 28 (16 to 42) missed"
    )
    assert "193 (163 to 224) flagged falsely a day" in twice
    assert "73.3 % (71.9 to 74.8) of the flags right" in twice
    assert "half as frequent: 133" in half


def test_what_is_common_cannot_be_twice_as_frequent():
    common = replace(FRAUD, traffic=Traffic(1000, 0.6))
    half, rarer = expect(common, TESTED, 0.3).scenarios
    assert half.startswith("Were kind = fraud half as frequent: 285")
    assert rarer.startswith("Were all other cases half as frequent as against kind = fraud: 760")


@pytest.mark.parametrize(
    ("label", "words"), [("true", "late = true"), ("1", "late = 1"), ("yes", "late = yes")]
)
def test_any_label_reads_well(label, words):
    task = tasks["binary"].of({"targets": ["late"], "labels": ["no", label]})
    assert thing(task) == words
    found = expect(scene(Brief().value, task, np.array([0, 1, 1, 0])), Outcomes(1, 1, 0, 2), 0.5)
    assert f"cases with {words} and" in found.sentence
    assert "Of 1,000 cases, an average of" in found.sentence
    assert "events_per_day" in found.more[1]


def test_prevalence_of_the_brief_counts_before_that_of_the_rows():
    task = tasks["binary"].of({"targets": ["late"], "labels": ["no", "yes"]})
    truth = np.array([0, 1] * 50)
    assert scene(Brief().value, task, truth).share == 0.5
    brief = Brief.of({"value": {"prevalence": 0.02, "events_per_day": 100.0}})
    found = scene(brief.value, task, truth)
    assert found.share == 0.02
    assert "milepost.toml" in found.origin


def test_unequal_days_widen_the_ranges_and_say_so():
    spread = dict.fromkeys(("caught", "missed", "false", "flagged"), (0.2, 2.5))
    history = Days(200, 8000.0, 9.0, spread, dict.fromkeys(spread, 40.0))
    wide = expect(Scene(FRAUD.traffic, True, "kind = fraud", "", history), TESTED, 0.3)
    assert wide.counts["caught"][1] == pytest.approx(0.2 * wide.counts["caught"][0])
    assert wide.counts["caught"][2] == pytest.approx(2.5 * wide.counts["caught"][0])
    assert "200 days of history" in wide.more[1]
    assert "40 times the mean" in wide.more[1]
    even = expect(
        Scene(FRAUD.traffic, True, "kind = fraud", "", Days(200, 8000.0, 1.0, spread, {})), TESTED, 0.3
    )
    near(even.counts["caught"], 265.9, 234, 299)


def test_history_of_few_rows_a_day_is_not_scaled_up():
    spread = dict.fromkeys(("caught", "missed", "false", "flagged"), (0.0, 5.0))
    sample = Days(200, 20.0, 1.5, spread, dict.fromkeys(spread, 2.0))
    found = expect(Scene(FRAUD.traffic, True, "kind = fraud", "", sample), TESTED, 0.3)
    near(found.counts["caught"], 265.9, 234, 299)


def test_the_range_holds_19_of_20_days():
    rng = np.random.default_rng(5)
    found = expect(FRAUD, TESTED, 0.3)
    ill = rng.binomial(rng.poisson(8280, 4000), 28_000 / 828_000)
    caught = rng.binomial(ill, rng.beta(950.5, 50.5, 4000))
    inside = (caught >= found.counts["caught"][1]) & (caught <= found.counts["caught"][2])
    assert 0.93 <= inside.mean() <= 0.97


def test_outcomes_compare_in_single_precision_as_the_graph_does():
    p = np.array([0.3, np.float64(np.float32(0.3)), 0.1])
    assert outcomes(np.array([1, 0, 1]), p, 0.3) == Outcomes(tp=1, fn=1, fp=1, tn=0)


def test_one_class_only_is_said():
    found = expect(FRAUD, Outcomes(3, 1, 0, 0), 0.3)
    assert "one class only" in found.sentence
    assert not found.counts


def test_small_numbers_keep_a_digit():
    assert [amount(v) for v in (0, 0.04, 3.25, 12.6, 1234.4)] == ["0", "0.04", "3.2", "13", "1,234"]
    assert told((3.25, 1, 8)) == "3.2 (1 to 8)"
