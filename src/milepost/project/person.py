"""What a person says to a project: a name, answers, waivers."""

from __future__ import annotations

import getpass

from milepost.digest import Json
from milepost.errors import UsageError, did_you_mean
from milepost.ledger import Evidence
from milepost.steps.run import Road
from milepost.steps.work import Talk


def whoami() -> str:
    """The name of the person at the keyboard."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def named(talk: Talk | None, yes: bool) -> Talk:
    """The talk of a run with a name on it; `yes` takes every stated default.

    >>> named(Talk(by="ada"), True).by
    'ada'
    """
    talk = talk or Talk()
    talk.yes = talk.yes or yes
    talk.by = talk.by if talk.by != "unknown" else whoami()
    return talk


def answer(road: Road, question: str, value: Json, by: str, because: str) -> None:
    """Records an answer to a question that waits, or changes an earlier one.

    Raises:
        UsageError: no such question, or a value that is not among its options.
        InputError: the step that asked cannot work with the value.
    """
    waiting = {q["name"]: q for q in road.ledger.waiting()}
    known = {**waiting, **{name: {} for name in road.ledger.answers()}}
    if question not in known:
        raise UsageError(f"no question '{question}' waits.", todo=did_you_mean(question, known))
    options = known[question].get("options") or ()
    if options and str(value) not in options:
        raise UsageError(
            f"'{value}' is no answer to '{question}'.", expected=f"One of: {', '.join(options)}."
        )
    for kind in road.kinds:
        if question.startswith(f"{kind.name}."):
            kind.refuse(question, value)
    road.ledger.answer(question, value, by, because)


def waive(road: Road, step: str, because: str, by: str) -> Evidence:
    """Waives a failed step with a reason and a name.

    Raises:
        UsageError: there is no such step, it has not failed, or no reason is given.
    """
    if not because.strip():
        raise UsageError("a waiver needs a reason.", todo='Say why: --because "..."')
    made = road.ledger.waive(step, because, by)
    if made is None:
        names = [kind.name for kind in road.kinds]
        if step not in names:
            raise UsageError(f"there is no milepost '{step}'.", todo=did_you_mean(step, names))
        raise UsageError(f"'{step}' has not failed, so there is nothing to waive.")
    return made
