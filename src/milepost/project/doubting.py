"""Labels that are probably wrong go to another person, and what people say of them is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from milepost.digest import Json
from milepost.errors import UsageError
from milepost.labels.labels import Labels
from milepost.labels.labelset import LabelSet
from milepost.labels.rules import Rules
from milepost.statistics.confident import doubtful
from milepost.steps.assign import plainly
from milepost.steps.columns import keyed
from milepost.steps.labelled import KINDS, QUEUE, begun, present
from milepost.steps.material import material
from milepost.steps.seen import Seen
from milepost.steps.together import named
from milepost.steps.work import Work
from milepost.store.aided import DOUBT
from milepost.store.stock import NewItem

DOUBTS = "label doubts"
"""The stream of the log that holds which labels were doubted, and put into the queue."""
RANK = 5
"""The priority of items that are looked at again: before others, after what is labelled next."""


@dataclass(frozen=True)
class Doubt:
    """A development row whose label the out-of-fold prediction contradicts.

    Args:
        key: its key as an item.
        label: the label it has.
        instead: the label that it probably is of.
        chance: the probability that the model gives the label it has.
        content: what the row holds beside the target.
    """

    key: str
    label: str
    instead: str
    chance: float
    content: Mapping[str, Json]


@dataclass(frozen=True)
class Looked:
    """What people say of a label that was doubted.

    Args:
        key: the item's key.
        label: the label that was doubted, and `instead`, what the model held for likelier.
        said: what people answered since, in words; none yet: empty.
        now: what they say together now, or "".
    """

    key: str
    label: str
    instead: str
    said: tuple[str, ...]
    now: str

    @property
    def state(self) -> str:
        """ "waiting", or whether the last who looked confirmed the label: "confirmed" or "changed"."""
        if not self.said:
            return "waiting"
        return "confirmed" if self.said[-1] == self.label else "changed"


def doubts(work: Work, most: int = 100) -> tuple[list[Doubt], int]:
    """The most doubtful labels (confident learning, out of fold), and how many there are in all.

    Args:
        work: what a step reaches that may not open the seal.
        most: how many of them at most.

    Raises:
        UsageError: `tune` has not been reached, or rows do not bear one label of several.
    """
    if not (work.has("tune") and work.has("protocol")):
        raise UsageError(
            "which labels are doubtful is told by predictions out of fold, which `tune` makes.",
            todo=f"Run the road as far: milepost run {work.folder} --until tune",
        )
    data = material(work)
    seen = Seen.of(work, data)
    if not seen.task.labels or not seen.task.exclusive:
        raise UsageError("doubtful labels are found where a row bears one label of several.")
    found, targets = doubtful(seen.truth, seen.prediction), list(work.brief.target.columns)
    rows = seen.frame[found.rows[:most]]
    bare = rows.select([n for n in rows.columns if n not in targets and not n.startswith("__")])
    made = [
        Doubt(
            key, seen.task.labels[int(seen.truth[row])], seen.task.labels[int(instead)], float(chance),
            {name: plainly(value) for name, value in content.items() if value is not None},
        )
        for key, row, instead, chance, content in zip(
            keyed(work, rows), found.rows, found.instead, found.confidence, bare.iter_rows(named=True),
            strict=False,
        )
    ]  # fmt: skip
    return made, len(found.rows)


def ask_again(work: Work, found: list[Doubt], by: str) -> int:
    """Puts doubtful labels into the queue, for a person who did not give them; returns how many.

    Items that people labelled want one label more. Rows that came with their label become items, and keep
    their label whatever people say: it is changed in the source.

    Args:
        work: work of any step.
        found: the doubts.
        by: who asks.
    """
    rows = work.ledger.rows
    labels = begun(rows)
    if labels is None:
        labels = Labels(rows, QUEUE)
        labels.start(LabelSet.start("labels", KINDS[work.task.name], work.task.labels), by, Rules())
    there = labels.answers.numbers([doubt.key for doubt in found])
    asked = labels.pool.again({d.key: RANK for d in found if d.key in there}, DOUBT)
    new = [
        NewItem(dict(d.content), d.key, reason=DOUBT, priority=RANK, wanted=1)
        for d in found
        if d.key not in there
    ]
    asked += labels.add_items(new, by) if new else 0
    body = {"rows": [[d.key, d.label, d.instead] for d in found], "since": labels.answers.newest(), "by": by}
    rows.append(DOUBTS, QUEUE, body)
    return asked


def looked(labels: Labels) -> list[Looked]:
    """What people say of every label that was put into the queue for being doubtful, the newest first."""
    names, reasons = named(labels.set), labels.pool.reasons()
    found = labels.answers.all()
    said: dict[str, list[tuple[str, str]]] = {}
    for key, at, value, aided in zip(found.keys, found.at, found.values, ~found.alone, strict=True):
        if aided and isinstance(value, str):
            said.setdefault(key, []).append((at, names[value]))
    truth = present(labels)
    now = dict(zip(truth.keys, truth.values, strict=True))
    told: dict[str, Looked] = {}
    for entry in reversed(labels.rows.select(DOUBTS, labels.name)):
        for key, label, instead in entry.body["rows"]:
            if key in told or DOUBT not in reasons.get(key, ""):
                continue
            words = tuple(word for _, word in sorted(said.get(key, ())))
            told[key] = Looked(key, label, instead, words, str(now.get(key, "")))
    return list(told.values())
