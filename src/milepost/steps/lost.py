"""Members and points that could not be fitted again or proven: who, why, and what that leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from milepost.errors import MilepostError
from milepost.report.sentences import listed, plural

LENGTH = 160
"""What a fit raised is told up to so many characters."""


@dataclass(frozen=True)
class Lost:
    """A member that could not be fitted or proven, or some of whose seeds could not.

    Args:
        name: of its configuration.
        why: what its fit or its graph raised, or what else is wrong with it.
        seeds: how many other seeds of it stay; 0 where it is left out.
        late: whether that showed on the opened rows, after the promise was made.
        graph: whether it was fitted, and has no answers, or no graph that gives them.
    """

    name: str
    why: str
    seeds: int = 0
    late: bool = False
    graph: bool = False

    @property
    def told(self) -> str:
        """Who, and what it raised."""
        return f"{self.name} ({self.why})"


@dataclass(frozen=True)
class Missing:
    """What else could not be made.

    Args:
        name: what it is, such as "the point 'student'".
        why: what it raised, or what else is wrong with it.
    """

    name: str
    why: str

    @property
    def told(self) -> str:
        """What, and what it raised."""
        return f"{self.name} ({self.why})"


def raised(problem: Exception) -> str:
    """What was raised, on one line.

    >>> raised(ValueError("no rows\\nleft"))
    'ValueError: no rows'
    """
    if isinstance(problem, MilepostError):
        return problem.what.rstrip(".")[:LENGTH]
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
    out, bare = (
        [one.told for one in lost if not one.seeds and not one.late and one.graph is graph]
        for graph in (False, True)
    )
    late = [one.told for one in lost if not one.seeds and one.late]
    some, said = [one.told for one in lost if one.seeds], list[str]()
    if out:
        said.append(f"Could not be fitted again: {listed(out)}; promised, judged and shipped is {left}.")
    if bare:
        said.append(f"Could not be proven as graph: {listed(bare)}; promised, judged and shipped is {left}.")
    if late:
        said.append(f"Promised with, but judged and shipped without {listed(late)}: it is {left}.")
    if some:
        said.append(
            f"Some seeds could not be fitted again or proven, and the others stand for them: {listed(some)}."
        )
    return " ".join(said)


def absent(missing: Sequence[Missing]) -> str:
    """What else could not be made, one sentence; "" where nothing was.

    >>> absent([Missing("the point 'student'", "ValueError: no")])
    "Left out because it could not be made or proven: the point 'student' (ValueError: no)."
    """
    it = "it" if len(missing) == 1 else "they"
    told = listed([one.told for one in missing])
    return f"Left out because {it} could not be made or proven: {told}." if missing else ""
