"""Who runs a project, as the ledger names them."""

from __future__ import annotations

import getpass

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
