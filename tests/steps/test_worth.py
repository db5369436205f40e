import numpy as np
import polars as pl
import pytest

from milepost.brief import Brief
from milepost.statistics.days import Days
from milepost.statistics.expectation import Traffic
from milepost.steps.expect import Scene
from milepost.steps.seen import Seen
from milepost.steps.worth import against, capacity, flags_of, reaching, worth
from milepost.tasks.base import tasks

TASK = tasks["binary"].of({"targets": ["fraud"], "labels": ["no", "yes"]})
TRUTH = np.array([1] * 100 + [0] * 900)
SCORE = np.concatenate([np.linspace(0.2, 0.99, 100), np.linspace(0.01, 0.6, 900)])
SCENE = Scene(Traffic(1000.0, 0.1), True, "fraud = yes", "")


def seen(**columns):
    frame = pl.DataFrame({"amount": np.full(1000, 2.0), **columns})
    return Seen(TASK, np.arange(1000), frame, TRUTH, SCORE, np.arange(1000), None)


def value(**keys):
    return Brief.of({"value": keys}).value


def test_costs_are_those_of_the_counts():
    found = worth(
        value(cost_miss=10.0, cost_false_alarm=1.0, cost_unit="EUR"), SCENE, seen(), (TRUTH, SCORE), 0.5
    )
    missed, false = (SCORE[:100] < np.float32(0.5)).sum(), (SCORE[100:] >= np.float32(0.5)).sum()
    assert found.daily["the model"][0] == pytest.approx(10 * missed + false)
    assert found.daily["do nothing"][0] == pytest.approx(1000)
    assert found.daily["flag everything"][0] == pytest.approx(900)
    assert not found.warnings
    assert "EUR a day" in found.sentence
    assert "less than doing nothing" in found.sentence


def test_costs_that_are_a_column_weigh_row_by_row():
    amounts = np.where(np.arange(1000) < 50, 0.0, 4.0)
    found = worth(
        value(cost_miss="loss", cost_false_alarm=1.0), SCENE, seen(loss=amounts), (TRUTH[:2], SCORE[:2]), 0.99
    )
    assert found.daily["do nothing"][0] == pytest.approx(200)
    assert "on development rows" in found.sentence


def test_other_prevalence_changes_the_costs():
    rare = Scene(Traffic(1000.0, 0.01), True, "fraud = yes", "")
    found = worth(value(cost_miss=10.0, cost_false_alarm=1.0), rare, seen(), (TRUTH, SCORE), 0.5)
    assert found.daily["do nothing"][0] == pytest.approx(100)
    assert found.daily["flag everything"][0] == pytest.approx(990)


def test_a_model_that_is_not_worth_it_is_said():
    found = worth(value(cost_miss=1.0, cost_false_alarm=50.0), SCENE, seen(), (TRUTH, SCORE), 0.3)
    assert "not surely below that of doing nothing" in found.warnings[0]
    assert worth(value(), SCENE, seen(), (TRUTH, SCORE), 0.3) is None


def test_the_existing_solution_by_its_own_labels_or_at_its_best(tmp_path):
    brief = Brief.of({"existing": {"column": "flag"}})
    for flags in (["yes", "no"], [1, 0], [True, False]):
        rows = seen(flag=pl.Series([flags[0]] * 300 + [flags[1]] * 700))
        found = flags_of(brief.existing, tmp_path, value(), rows)
        assert found.tolist() == [True] * 300 + [False] * 700
    scores = seen(flag=pl.Series(TRUTH * 0.8 + np.linspace(0, 0.1, 1000)))
    assert flags_of(brief.existing, tmp_path, value(), scores).tolist() == (TRUTH == 1).tolist()
    assert flags_of(Brief().existing, tmp_path, value(), scores) is None


def test_model_and_rule_are_compared_on_the_same_rows():
    nothing = np.zeros(1000, bool)
    text, weak = against(value(cost_miss=10.0, cost_false_alarm=1.0), SCENE, seen(), 0.5, nothing)
    assert not weak
    assert "the existing solution 0 caught with 0 flagged falsely" in text
    assert "less than the existing solution" in text
    text, weak = against(value(cost_miss=10.0, cost_false_alarm=1.0), SCENE, seen(), 0.5, TRUTH == 1)
    assert weak
    assert "more than the existing solution" in text
    text, weak = against(value(), SCENE, seen(), 0.5, nothing)
    assert not weak


def test_too_many_reviews_are_said_loudly_with_what_would_fit():
    loud, more = capacity(50, SCENE, (TRUTH, SCORE), (466.0, 422.0, 512.0))
    assert loud[0].startswith("466 reviews a day exceed your capacity of 50. A threshold of 0.")
    assert "caught and" in loud[0]
    assert "reviewing the 50 highest" in more[0]
    caught = int((SCORE[:100] >= reaching(0.05, TRUTH, SCORE, 0.1)).sum())
    assert f"catch about {caught} and miss {100 - caught} a day" in more[0]


def test_unequal_days_need_a_higher_threshold():
    def threshold(scene):
        text = capacity(300, scene, (TRUTH, SCORE), (320.0, 280.0, 360.0))[0][0]
        return float(text.split("A threshold of ")[1].split()[0])

    spread = {"flagged": (0.1, 3.0)}
    uneven = Scene(SCENE.traffic, True, "", "", Days(100, 1000.0, 1.0, spread, {"flagged": 60.0}))
    assert threshold(uneven) > threshold(SCENE)


def test_a_capacity_that_suffices_is_said():
    loud, more = capacity(600, SCENE, (TRUTH, SCORE), (466.0, 422.0, 512.0))
    assert not loud
    assert "suffices" in more[0]
    assert len(capacity(2000, SCENE, (TRUTH, SCORE), (466.0, 422.0, 512.0))[1]) == 1
    assert capacity(None, SCENE, (TRUTH, SCORE), (466.0, 422.0, 512.0)) == ([], [])


def test_reaching_flags_at_most_the_share():
    for share in (0.01, 0.1, 0.5, 1.0):
        threshold = reaching(share, TRUTH, SCORE, 0.1)
        assert (threshold <= SCORE).mean() <= share + 1e-9
    assert reaching(0.0, TRUTH, SCORE, 0.1) > SCORE.max()
