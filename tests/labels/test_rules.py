"""Rules: samples that stay, quorums, and what a reviewer sees."""

from __future__ import annotations

from typing import Any

import pytest

from milepost.digest import plain
from milepost.errors import InputError
from milepost.labels.rules import Rules, agreeing, judged
from milepost.store.decisions import Standing, Verdict


def same(value: Any, version: int) -> tuple[Any, bool]:
    """The label set did not change."""
    return value, True


def judge(rules: Rules, *values: Any, wanted: int = 0, key: str = "k") -> Verdict:
    """The verdict on an item with some answers."""
    standing = Standing(key, wanted or len(values), tuple((value, 1) for value in values))
    return judged(rules, "choice", standing, same)


def test_a_sample_gets_more_labels_and_stays_the_same_sample() -> None:
    rules = Rules(labels=3, share=0.2)
    wanted = {f"{i}": rules.wanted(f"{i}") for i in range(5000)}
    assert {*wanted.values()} == {1, 3}
    assert 0.17 < sum(n == 3 for n in wanted.values()) / 5000 < 0.23
    assert all(Rules(labels=3, share=0.2).wanted(key) == n for key, n in wanted.items())
    wider = Rules(labels=3, share=0.5)
    assert all(wider.wanted(key) == 3 for key, n in wanted.items() if n == 3), "a wider one holds it"
    assert {Rules(labels=2).wanted(key) for key in wanted} == {2}


def test_a_quorum_asks_until_enough_are_alike() -> None:
    rules = Rules(labels=2, quorum=2, most=5)
    assert judge(rules, "a", "a") == Verdict()
    assert judge(rules, "a", "b") == Verdict(more=1)
    assert judge(rules, "a", "b", "a") == Verdict()
    assert judge(rules, "a", "b", "c", "d", "e") == Verdict(), "at most five"
    assert judge(Rules(labels=2, quorum=3), "a", "b") == Verdict(more=2)
    assert judge(Rules(labels=2, quorum=4, most=4), "a", "b", "c") == Verdict(more=1)
    assert judge(rules, "a") == Verdict(), "one that wants a single label is not in the sample"
    assert judge(rules, "a", None) == Verdict(more=1), "a discard is an answer"


def test_disputes_and_a_sample_come_before_a_reviewer() -> None:
    rules = Rules(labels=2, disputes=True)
    assert judge(rules, "a", "a") == Verdict()
    assert judge(rules, "a", "b") == Verdict(review=True)
    assert judge(Rules(labels=2, quorum=2, most=3, disputes=True), "a", "b", "c") == Verdict(review=True)
    some = [judge(Rules(review=0.3), "a", key=f"{i}").review for i in range(2000)]
    assert 0.26 < sum(some) / 2000 < 0.34
    assert judge(Rules(review=1), "a").review
    assert Rules(labels=3).settled
    assert not any(Rules(**{name: 1}).settled for name in ("review", "quorum", "disputes"))


def test_answers_are_alike_by_likeness() -> None:
    box = {"label": "cat", "x": 0.0, "y": 0.0, "w": 10.0, "h": 10.0}
    near = [{**box, "w": 9.0}]
    assert agreeing("boxes", [[box], near], alike=0.8) == 2
    assert agreeing("boxes", [[box], near], alike=0.95) == 1
    assert agreeing("boxes", [[box], near]) == 1
    assert agreeing("number", [1.0, 1.4, 1.8], alike=0.5, scale=1) == 3, "all are like the middle one"
    assert agreeing("choice", [None, None, "a"]) == 2
    assert agreeing("choice", []) == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"labels": 0}, "'labels' is 0"),
        ({"share": 1.5}, "'share' is 1.5"),
        ({"quorum": 9}, "'quorum' is 9"),
        ({"labels": 6}, "'most' is 5"),
        ({"lease": 0}, "'lease' is 0"),
        ({"gold": 1}, "nothing would be left"),
        ({"review": float("nan")}, "'review' is nan"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Rules(**fields)


def test_rules_are_read_from_json() -> None:
    rules = Rules(labels=2, gold=0.1, blind=False)
    assert Rules.read(plain(rules)) == rules
    with pytest.raises(InputError, match="no rule 'label'.*'labels'"):
        Rules.read({"label": 2})
