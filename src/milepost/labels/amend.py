"""What a change of the rules of a queue would touch, told before it is made."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import get_type_hints

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels.rules import Rules

_MEANING = re.compile(r"^\s+(\w+): (.+?)(?=^\s+\w+: |^\s*$)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Amendment:
    """One rule that changes.

    Args:
        name: the rule.
        before: its value so far.
        after: its new value.
        effect: what that touches, and what not, one sentence.
    """

    name: str
    before: Json
    after: Json
    effect: str


def meanings() -> dict[str, str]:
    """What each rule means, by its name, as the class tells it.

    >>> meanings()["lease"]
    "minutes for which an item is a person's alone."
    """
    text = inspect.getdoc(Rules) or ""
    told = {name: " ".join(said.split()) for name, said in _MEANING.findall(text)}
    return {field.name: told[field.name] for field in fields(Rules)}


def parsed(words: Mapping[str, str]) -> Rules:
    """Rules from what was typed; a rule that is not among the words has its default.

    Args:
        words: text by the name of the rule; "yes" and "no" for rules that are one or the other.

    Raises:
        InputError: a text that is no number, or a rule that cannot be so.
    """
    hints, found = get_type_hints(Rules), {}
    for name, word in words.items():
        kind, text = hints.get(name, str), word.strip()
        try:
            found[name] = {"yes": True, "no": False}[text] if kind is bool else kind(text)
            _ = kind is float and int(found[name])  # neither infinite nor no number
        except (KeyError, ValueError, OverflowError):
            expected = {bool: "yes or no.", int: "A whole number."}.get(kind, "A number.")
            raise InputError(f"'{name}' is '{text[:40]}'.", expected=expected) from None
    return Rules.read(found)


def amended(before: Rules, after: Rules, counts: Mapping[str, int]) -> tuple[Amendment, ...]:
    """Says rule by rule what a change would touch.

    Args:
        before: the rules as they stand.
        after: the rules as they would be.
        counts: of the whole queue, as `Answers.counts` has them.
    """
    items, full = counts.get("items", 0), counts.get("full", 0)
    open_items, gold = max(0, items - full), counts.get("gold", 0)
    kept = f"The {items:,} items that are there keep the number of labels they want; items added later get"
    judged = f"It is asked of the {open_items:,} items that do not have all their labels yet;"
    past = f"the {full:,} that have them stay as they are."
    running = "What people hold now keeps its end; what is given out from now on has the new one."
    effects = {
        "labels": f"{kept} {after.labels}.",
        "share": f"{kept} {after.labels} each in {after.share:.0%} of the cases.",
        "quorum": f"{judged} {past} Sealed items are asked for no more labels than they want.",
        "most": f"{judged} {past}",
        "alike": f"{judged} {past}",
        "scale": f"{judged} {past} Agreement is told on the new scale at once.",
        "lease": running,
        "draft": running,
        "gold": f"There are {gold:,} questions with a known answer; nobody gets one twice."
        + ("" if gold else " Without one this changes nothing."),
        "review": f"{judged} {past} {counts.get('review', 0):,} wait before a reviewer now.",
        "disputes": f"{judged} {past} {counts.get('review', 0):,} wait before a reviewer now.",
        "blind": "People see what others answered from their next item on: answers are no longer "
        "independent, and agreement says less." if not after.blind else
        "From their next item on people see no answers of others.",
        "before": _aided("others' answers are shown before the own one", after.before, after),
        "suggest": _aided("a model's answer is shown beside most items", after.suggest, after),
    }  # fmt: skip
    found = []
    for field in fields(Rules):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new:
            found.append(Amendment(field.name, old, new, effects[field.name]))
    return tuple(found)


def _aided(what: str, on: bool, after: Rules) -> str:
    """The effect of a rule that lets people see something before they answer."""
    if after.blind:
        return "It changes nothing while the queue is blind."
    if not on:
        return "From their next item on people answer without it."
    return f"From their next item on {what}; an answer that was given with it is no second opinion."
