import json

from milepost.steps.expect import Expected
from milepost.steps.promise import promise


def test_a_promise_is_clean_json_with_the_score_on_sealed_rows(staged):
    work = staged("binary").work("explain", value__events_per_day=50.0, value__cost_unit="EUR")
    expected = Expected(
        "A sentence.", warnings=("Loud.",), counts={"caught": (1.25, 0.0, float("nan"))}, tested={"tp": 3}
    )
    found = promise(work, expected, 0.3, {"the model": (5.0, 4.0, 6.0)})
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["counts"] == {"caught": {"mean": 1.25, "low": 0.0, "high": None}}
    assert found["costs"] == {"unit": "EUR", "the model": {"mean": 5.0, "low": 4.0, "high": 6.0}}
    assert (found["per"], found["cases"], found["threshold"]) == ("day", 50.0, 0.3)
    assert found["score"]["rows"] == 100
    assert found["score"]["mean"] == 0.9


def test_without_a_number_a_day_it_is_of_a_thousand_cases(staged):
    found = promise(staged("regression").work("explain"), Expected("A sentence."), None, {})
    assert (found["per"], found["cases"], found["costs"], found["counts"]) == ("1000 cases", 1000.0, {}, {})
