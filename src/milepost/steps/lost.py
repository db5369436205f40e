"""Members of the ensemble that could not be fitted again: who, why, and what that leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from milepost.report.sentences import listed, plural

LENGTH = 160
"""What a fit raised is told up to so many characters."""


@dataclass(frozen=True)
class Lost:
    """A member that could not be fitted, or some of whose seeds could not.

    Args:
        name: of its configuration.
        why: what its fit raised, or what else is wrong with it.
        seeds: how many other seeds of it were fitted and stay; 0 where it is left out.
        late: whether that showed on the opened rows, after the promise was made.
    """

    name: str
    why: str
    seeds: int = 0
    late: bool = False

    @property
    def told(self) -> str:
        """Who, and what it raised."""
        return f"{self.name} ({self.why})"


def raised(problem: Exception) -> str:
    """What was raised, on one line.

    >>> raised(ValueError("no rows\\nleft"))
    'ValueError: no rows'
    """
    lines = str(problem).strip().splitlines()
    return f"{type(problem).__name__}: {lines[0][:LENGTH]}" if lines else type(problem).__name__


def gone(lost: Sequence[Lost]) -> set[str]:
    """The names of the members that are left out."""
    return {one.name for one in lost if not one.seeds}


def rest(weights: Mapping[str, float], names: Collection[str]) -> dict[str, float]:
    """The weights of what is left without some members; they sum to 1.

    >>> rest({"a": 0.5, "b": 0.3, "c": 0.2}, {"a"})
    {'b': 0.6, 'c': 0.4}
    """
    kept = {name: weight for name, weight in weights.items() if name not in names}
    total = sum(kept.values())
    return {name: weight / total for name, weight in kept.items()}


def told(lost: Sequence[Lost], kept: int) -> str:
    """What was lost and what ships in its place, one sentence a kind; "" where nothing was.

    Args:
        lost: what could not be fitted.
        kept: how many members are left.
    """
    left = f"the rest of the ensemble, {plural(kept, 'member')} calibrated anew"
    out, late = ([one.told for one in lost if not one.seeds and one.late is when] for when in (False, True))
    some, said = [one.told for one in lost if one.seeds], list[str]()
    if out:
        said.append(f"Could not be fitted again: {listed(out)}; promised, judged and shipped is {left}.")
    if late:
        said.append(f"Promised with, but judged and shipped without {listed(late)}: it is {left}.")
    if some:
        said.append(f"Some seeds could not be fitted again, and the others stand for them: {listed(some)}.")
    return " ".join(said)
