"""The signature under a decision threshold: proposed, signed, or refused with a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from milepost.errors import InputError
from milepost.steps.tune import Findings as Tuned
from milepost.steps.work import Question, Work

QUESTION = "explain.threshold"


def sign(work: Work, tuned: Tuned) -> tuple[float | None, Mapping[str, Any]]:
    """The signed threshold with who signed it and when; the proposal and nobody while it waits.

    Raises:
        InputError: what was answered is no threshold.
    """
    if tuned.threshold is None:
        return None, {}
    span = ""
    if tuned.threshold_low is not None and tuned.threshold_high is not None:
        span = f", {tuned.threshold_low:.4f} to {tuned.threshold_high:.4f} on other rows of the same kind"
    question = Question(
        QUESTION,
        f"Sign the decision threshold: from which probability on is {work.task.targets[0]} = "
        f"{work.task.positive} decided? Proposed: {tuned.threshold:.4f} ({tuned.threshold_why}{span}).",
        (),
        repr(tuned.threshold),
        "It decides how many cases are flagged and how many are missed.",
    )
    given = work.ask(question)
    if given is None:
        return tuned.threshold, {}
    return share(given), work.ledger.answers(QUESTION)[QUESTION]


def share(given: object) -> float:
    """A threshold from what was answered: a number from 0 to 1, or percent.

    Raises:
        InputError: it is none; the sentence says what is expected.

    >>> share("0.3"), share("30 %")
    (0.3, 0.3)
    """
    text = str(given).strip()
    try:
        value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise InputError(
            f"'{given}' is no threshold.",
            expected="A probability from 0 to 1 is expected, such as 0.3 or 30 %.",
            todo=f"Sign again: milepost answer DIR {QUESTION} 0.3",
        )
    return value
