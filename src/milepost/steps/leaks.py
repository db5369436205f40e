"""The hunt for columns that know the answer: round by round, one question a column."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.brief.tables import ColumnBrief
from milepost.data.schema import Schema
from milepost.steps.work import Question, Work
from milepost.training.suspects import Detective, Evidenced, Suspect

ROUNDS = 10


@dataclass(frozen=True)
class Excluded:
    """A column that is left out as a leak, in which round, and who decided."""

    name: str
    round: int
    says: str
    by: str


@dataclass(frozen=True)
class Kept:
    """A suspect that stays among the inputs.

    Args:
        name: the column.
        severity: "block", "ask" or "inform".
        says: the evidence.
        by: who said that it is known in time; "" where nobody was asked, or the answer is open.
        open: the question has no answer yet.
    """

    name: str
    severity: str
    says: str
    by: str
    open: bool


@dataclass(frozen=True)
class Hunted:
    """What the hunt ended with.

    Args:
        schema: the columns after exclusions.
        excluded: leaks that are left out.
        kept: suspects that stay.
        seen: the evidence of the last round.
    """

    schema: Schema
    excluded: tuple[Excluded, ...]
    kept: tuple[Kept, ...]
    seen: Evidenced


def hunt(work: Work, schema: Schema, detective: Detective) -> Hunted:
    """Looks for leaks, decides on each suspect, and looks again until nothing more is left out."""
    excluded: list[Excluded] = []
    kept: dict[str, Kept] = {}
    for number in range(1, ROUNDS + 1):
        seen = detective.look(schema, kept)
        gone = []
        for suspect in seen.suspects:
            if suspect.name in kept:
                continue
            decided = decide(work, suspect)
            if isinstance(decided, Kept):
                kept[suspect.name] = decided
            else:
                gone.append(suspect.name)
                excluded.append(Excluded(suspect.name, number, suspect.says, decided))
                work.say(f"left out: {suspect.says}")
        if not gone and seen.complete:
            break
        schema = schema.without(gone, "left out: it knows the answer.")
    return Hunted(schema, tuple(excluded), tuple(kept.values()), seen)


def confirmed(said: ColumnBrief) -> bool:
    """Whether the brief says that a column is available, and why; a reason for its kind is none for that."""
    about = "available" in said.model_fields_set or not (said.role or said.modality)
    return bool(said.because) and said.available and about


def decide(work: Work, suspect: Suspect) -> Kept | str:
    """Returns how a suspect is kept, or who left it out.

    Weak evidence is only told. A reason in the brief, beside `available = true`, confirms a column; else a
    person is asked, with the default that the evidence proposes.
    """
    if suspect.severity == "inform":
        return Kept(suspect.name, suspect.severity, suspect.says, "", False)
    said = work.brief.columns.get(suspect.name)
    if said is not None and confirmed(said):
        return Kept(suspect.name, suspect.severity, suspect.says, f"the brief ({said.because})", False)
    name = f"understand.leak.{suspect.name}"
    honest = "An honest column may be strong; only its owner knows."
    question = Question(
        name,
        f"Is '{suspect.name}' known, in this form, when the prediction is asked for? {suspect.says}",
        ("yes", "no"),
        "no" if suspect.drop else "yes",
        "Everything points to a leak." if suspect.drop else honest,
    )
    given = work.ask(question)
    if given is None:
        return Kept(suspect.name, suspect.severity, suspect.says, "", True)
    by = str(work.ledger.answers(name).get(name, {}).get("by", ""))
    return by if given == "no" else Kept(suspect.name, suspect.severity, suspect.says, by, False)
