"""Who labels where rows have no label yet: what `frame` asks, and what labelling begins with."""

from __future__ import annotations

from typing import Any

from milepost.errors import InputError
from milepost.labels.plan import Terms
from milepost.ledger import Ledger
from milepost.steps.work import Question

FRAMED = "frame.labels."
"""What the names of these questions begin with."""


def questions(cost: float | None) -> tuple[Question, ...]:
    """What is asked about those who label.

    Args:
        cost: of a label, where the brief states it.
    """
    return (
        Question(
            f"{FRAMED}who",
            "No row has a label yet: who labels them?",
            ("we", "crowd", "specialists"),
            "we",
            "It sets how many people label a row, and how many questions test them.",
        ),
        Question(
            f"{FRAMED}expert",
            "Does it take an expert to say what is right?",
            ("no", "yes"),
            "no",
            "Experts' labels are few and dear; a crowd's are checked against each other.",
        ),
        Question(
            f"{FRAMED}price",
            "What may a label cost?",
            (),
            f"{cost or 0:g}",
            "The plan says what all of them cost together.",
        ),
        Question(
            f"{FRAMED}seconds",
            "How many seconds may a label take?",
            (),
            "5",
            "The plan says how many hours all of them take; measured as soon as people label.",
        ),
    )


def framed(ledger: Ledger, cost: float | None) -> Terms:
    """The terms as they were answered, else the usual ones.

    Args:
        ledger: the project's.
        cost: of a label, where the brief states it.

    Raises:
        InputError: an answer is no number, or cannot be.
    """
    said = {name.removeprefix(FRAMED): str(each["value"]) for name, each in ledger.answers(FRAMED).items()}
    found: dict[str, Any] = {"price": cost or 0.0}
    if "who" in said:
        found["who"] = said["who"]
    if "expert" in said:
        found["expert"] = said["expert"] == "yes"
    for name in ("price", "seconds"):
        try:
            found |= {name: float(said[name])} if name in said else {}
        except ValueError:
            raise InputError(
                f"the answer to {FRAMED}{name} is '{said[name][:40]}'.",
                expected="A number.",
                todo=f"Answer it again: milepost answer DIR {FRAMED}{name} 5",
            ) from None
    return Terms(**found)
