"""Other rules: what they mean, what was typed, what a change would touch."""

from dataclasses import fields, replace

import pytest

from milepost.errors import InputError
from milepost.labels.amend import amended, meanings, parsed
from milepost.labels.rules import Rules

COUNTS = {"items": 1200, "full": 200, "gold": 0, "review": 7}


def test_every_rule_has_a_meaning_and_an_effect() -> None:
    told = meanings()
    assert list(told) == [field.name for field in fields(Rules)]
    assert told["most"] == "the most labels an item that a quorum asks for."
    other = Rules(2, 0.5, 2, 6, 0.9, 2.0, 10, 1, 0.1, 0.2, True, False, True, True)
    found = amended(Rules(), other, COUNTS)
    assert [each.name for each in found] == list(told)
    assert all(each.effect.endswith(".") for each in found)


def test_only_what_differs_is_told_with_counts() -> None:
    (found,) = amended(Rules(), replace(Rules(), quorum=2), COUNTS)
    assert (found.before, found.after) == (0, 2)
    assert "1,000 items that do not have all their labels yet" in found.effect
    assert "the 200 that have them stay" in found.effect
    (gold,) = amended(Rules(), replace(Rules(), gold=0.1), COUNTS)
    assert "Without one this changes nothing." in gold.effect
    (gold,) = amended(Rules(), replace(Rules(), gold=0.1), {**COUNTS, "gold": 5})
    assert "Without" not in gold.effect
    (blind,) = amended(Rules(blind=False), Rules(), COUNTS)
    assert "see no answers of others" in blind.effect
    assert amended(Rules(), Rules(), COUNTS) == ()


def test_what_was_typed_is_read_as_the_rule_has_it() -> None:
    words = {"labels": " 3", "share": "0.5", "disputes": "yes", "blind": "no", "lease": "1e1"}
    assert parsed(words) == Rules(labels=3, share=0.5, disputes=True, blind=False, lease=10.0)


@pytest.mark.parametrize(
    ("name", "word", "says"),
    [
        ("labels", "1.5", "A whole number"),
        ("share", "half", "A number"),
        ("share", "nan", "A number"),
        ("lease", "inf", "A number"),
        ("blind", "maybe", "yes or no"),
        ("quorum", "9", "from 0 to 5"),
        ("lables", "1", "no rule 'lables'"),
    ],
)
def test_what_cannot_be_is_refused(name: str, word: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parsed({name: word})
