import math

import pytest

from milepost.errors import InputError
from milepost.labels.plan import Terms, afford, needed, plan
from milepost.statistics.intervals import wilson


@pytest.mark.parametrize(("score", "width"), [(0.9, 0.02), (0.5, 0.05), (0.99, 0.01)])
def test_so_many_items_are_enough_and_fewer_are_not(score: float, width: float) -> None:
    items = needed(score, width)
    assert wilson(round(score * items), items).halfwidth <= width
    fewer = int(items * 0.97)
    assert wilson(round(score * fewer), fewer).halfwidth > width
    assert items == pytest.approx(1.96**2 * score * (1 - score) / width**2, rel=0.35)


def test_the_parts_are_those_of_the_default_and_add_up() -> None:
    made = plan(Terms("crowd", price=0.05, seconds=6, people=10))
    assert made.test == needed(0.9, 0.02)
    assert made.halfwidth <= 0.02
    parts = made.train * made.each + 3 * made.test + made.doubled + made.gold + made.again
    assert parts == made.labels
    assert made.train * made.each / made.labels == pytest.approx(0.6, abs=0.001)
    assert 3 * made.test / made.labels == pytest.approx(0.15, abs=0.001)
    assert made.doubled / made.labels == pytest.approx(0.1, abs=0.001)
    assert made.gold / made.labels == pytest.approx(0.1, abs=0.001)
    assert made.money == pytest.approx(0.05 * made.labels)
    assert made.hours == pytest.approx(made.labels * 6 / 3600)
    assert made.days == pytest.approx(made.hours / 80)


def test_who_labels_changes_the_plan() -> None:
    ours, crowd = plan(Terms("we", people=2)), plan(Terms("crowd", people=2))
    assert ours.gold < crowd.gold
    assert ours.decided < crowd.decided
    assert ours.each == crowd.each == 1
    unsure = plan(Terms("crowd", accuracy=0.65, people=2))
    assert unsure.each == 3
    assert any("right in 65%" in told for told in unsure.warnings)
    assert unsure.train * 3 == pytest.approx(crowd.train, abs=3)
    assert plan(Terms(people=2)).warnings == ()


def test_three_labels_differ_as_often_as_theory_says() -> None:
    made = plan(Terms("crowd", accuracy=0.8, people=2))
    assert made.decided == math.ceil(made.test * (1 - 0.8**3 - 0.2**3))


def test_a_budget_buys_an_interval() -> None:
    terms = Terms("crowd", price=0.04, seconds=6, people=5)
    made = afford(terms, money=100)
    assert made.labels == 2500
    assert made.money == pytest.approx(100)
    assert made.halfwidth > 0.02
    assert any("was wanted" in told for told in made.warnings)
    assert afford(terms, money=100, hours=1).labels == 600
    whole = plan(terms)
    assert afford(terms, money=whole.money) == whole


def test_what_speaks_against_a_plan_is_told() -> None:
    assert any("needs an expert" in told for told in plan(Terms("crowd", expert=True)).warnings)
    assert not any("expert" in told for told in plan(Terms("specialists", expert=True)).warnings)
    many = afford(Terms("crowd", people=100), hours=10)
    assert any("gold items" in told for told in many.warnings)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"who": "robots"}, "'robots'"),
        ({"score": 1.0}, "score=1.0"),
        ({"seconds": 0}, "seconds=0"),
        ({"accuracy": 0.0}, "accuracy=0.0"),
    ],
)
def test_terms_that_cannot_be_are_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Terms(**wrong)  # type: ignore[arg-type]


def test_budgets_that_buy_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="No budget"):
        afford(Terms(), money=10)
    with pytest.raises(InputError, match="buys 7 label"):
        afford(Terms(price=1), money=7)
