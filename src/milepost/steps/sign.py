"""The signature under a decision threshold, or one a label: proposed, signed, or refused with a sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from milepost.errors import InputError, did_you_mean
from milepost.steps.tune import Findings as Tuned
from milepost.steps.work import Question, Work
from milepost.tasks.base import Cut

QUESTION = "explain.threshold"


def sign(work: Work, tuned: Tuned) -> tuple[Cut | None, Mapping[str, Any]]:
    """The signed threshold with who signed it and when; the proposal and nobody while it waits.

    Raises:
        InputError: what was answered is no threshold.
    """
    if tuned.threshold is None:
        return None, {}
    given = work.ask(_question(work, tuned, tuned.threshold))
    if given is None:
        return tuned.threshold, {}
    signed = work.ledger.answers(QUESTION)[QUESTION]
    if not isinstance(tuned.threshold, tuple):
        return share(given), signed
    return each(given, dict(zip(work.task.labels, tuned.threshold, strict=True))), signed


def _question(work: Work, tuned: Tuned, proposed: Cut) -> Question:
    task = work.task
    if isinstance(proposed, tuple):
        told = json.dumps(dict(zip(task.labels, proposed, strict=True)), ensure_ascii=False)
        return Question(
            QUESTION,
            "Sign the decision thresholds: from which probability on does each label apply? Proposed: "
            f"{told} ({tuned.threshold_why}). One number is for all; labels left out keep what is proposed.",
            (),
            told,
            "They decide how often each label is given and how often it is missed.",
        )
    span = ""
    if tuned.threshold_low is not None and tuned.threshold_high is not None:
        span = f", {tuned.threshold_low:.4f} to {tuned.threshold_high:.4f} on other rows of the same kind"
    return Question(
        QUESTION,
        f"Sign the decision threshold: from which probability on is {task.targets[0]} = "
        f"{task.positive} decided? Proposed: {proposed:.4f} ({tuned.threshold_why}{span}).",
        (),
        repr(proposed),
        "It decides how many cases are flagged and how many are missed.",
    )


def refuse(given: object) -> None:
    """Refuses what is neither a threshold nor thresholds by label.

    Raises:
        InputError: it is none.
    """
    by_label = _by_label(given)
    for value in [given] if by_label is None else by_label.values():
        share(value)


def each(given: object, proposed: Mapping[str, float]) -> tuple[float, ...]:
    """Thresholds of labels from what was answered: one number for all, or an object by label.

    Raises:
        InputError: a label is unknown, or a value is no threshold.

    >>> each('{"b": 0.2}', {"a": 0.4, "b": 0.5}), each("30 %", {"a": 0.4, "b": 0.5})
    ((0.4, 0.2), (0.3, 0.3))
    """
    by_label = _by_label(given)
    if by_label is None:
        return (share(given),) * len(proposed)
    for label in by_label:
        if label not in proposed:
            raise InputError(
                f"there is no label '{label}' to set a threshold for.", todo=did_you_mean(label, proposed)
            )
    return tuple(share(by_label.get(label, value)) for label, value in proposed.items())


def _by_label(given: object) -> Mapping[str, object] | None:
    """An answer that is a JSON object; None for anything else."""
    if not isinstance(given, str) or not given.lstrip().startswith("{"):
        return None
    try:
        found: dict[str, object] = json.loads(given)
    except ValueError as problem:
        raise InputError(
            f"'{given}' is no JSON object.",
            expected='A probability for each label is expected, such as {"a": 0.3, "b": 0.2}.',
            todo="Mend it, and sign again.",
        ) from problem
    return found


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
