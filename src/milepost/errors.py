"""The family of exceptions: each says what happened, what was expected and what to do next.

::

    MilepostError            1  environment or internal
    |-- EnvironmentProblem   1  disk, permissions, another process at work
    |   |-- MissingExtra     1  an optional dependency is not installed
    |   `-- Corrupt          1  stored bytes do not match their digest
    |-- Sealed               1  a step reached for the sealed test rows
    |-- UsageError           2  bad use of a command or function
    |   |-- InputError       2  data that cannot be used
    |   `-- BriefError       2  milepost.toml says something that cannot be
    |-- GateFailed           3  a milepost failed and was not waived
    |-- Waits                4  a person has to answer first
    `-- Interrupted        130  stopped on request; what was done is kept
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST = 20
"""Options that are listed; the road's mileposts are fewer."""


class MilepostError(Exception):
    """The root of everything milepost raises on purpose.

    Args:
        what: what happened, one sentence, quoting the value.
        expected: what would have been right.
        todo: what to do next.

    >>> str(InputError("the file 'a.csv' is empty.", todo="Give a file with rows."))
    "the file 'a.csv' is empty. Give a file with rows."
    """

    exit_code = 1

    def __init__(self, what: str, *, expected: str = "", todo: str = "") -> None:
        self.what, self.expected, self.todo = what, expected, todo
        super().__init__(" ".join(part for part in (what, expected, todo) if part))

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.expected, self.todo))


def _rebuild(kind: type[MilepostError], what: str, expected: str, todo: str) -> MilepostError:
    return kind(what, expected=expected, todo=todo)


class EnvironmentProblem(MilepostError):
    """The machine, not the user's input, stands in the way."""


class MissingExtra(EnvironmentProblem):
    """An optional dependency is needed and not installed."""

    @classmethod
    def of(cls, extra: str, why: str) -> MissingExtra:
        """The error for one of milepost's extras, with its pip line."""
        return cls(f"{why} needs the extra [{extra}].", todo=f"Install it: pip install 'milepost[{extra}]'.")


class Corrupt(EnvironmentProblem):
    """Stored bytes do not match the digest they are named by."""


class Sealed(MilepostError):
    """A step asked for the sealed test rows, which only `final` may open."""


class UsageError(MilepostError):
    """A command or function was used in a way that cannot work."""

    exit_code = 2


class InputError(UsageError):
    """The data given cannot be used."""


class BriefError(UsageError):
    """The brief (milepost.toml) holds something that cannot be."""


class GateFailed(MilepostError):
    """A milepost failed; it has to be mended or waived with a reason."""

    exit_code = 3


class Waits(MilepostError):
    """The road waits for a person's answer."""

    exit_code = 4


class Interrupted(MilepostError):
    """Work was stopped on request; finished parts are kept."""

    exit_code = 130


def did_you_mean(word: str, options: Iterable[object]) -> str:
    """Returns a sentence that offers the nearest options, or lists the first few.

    >>> did_you_mean("targt", ["target", "age"])
    "Did you mean 'target'?"
    """
    names = [str(option) for option in options]
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(word.casefold(), list(folded), n=2, cutoff=0.65)
    if near:
        return "Did you mean " + " or ".join(f"'{folded[name]}'" for name in near) + "?"
    shown = ", ".join(f"'{name}'" for name in names[:MOST])
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"There are: {shown}{more}." if names else ""
