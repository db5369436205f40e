"""How a label set changes: each change says what it would touch, and is one row once it is made.

Answers are never rewritten. An old answer is read through the migrations that came after it: a merged label
becomes what it was merged into, and a label that was split says too little, so that its items come back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from milepost.digest import Json, plain
from milepost.errors import InputError
from milepost.labels import values
from milepost.labels.labelset import Label, LabelSet, fresh


class Migration(ABC):
    """A change of a label set."""

    @abstractmethod
    def apply(self, old: LabelSet) -> LabelSet:
        """The next version.

        Raises:
            InputError: the change cannot be.
        """

    @property
    def became(self) -> Mapping[str, str | None]:
        """What ids of older answers are read as; None where an older answer says too little."""
        return {}

    @abstractmethod
    def told(self, old: LabelSet) -> str:
        """The change in one sentence, with names."""


@dataclass(frozen=True)
class Rename(Migration):
    """A label gets another name, and another note where one is given; its answers stay what they are."""

    id: str
    name: str
    note: str | None = None

    def apply(self, old: LabelSet) -> LabelSet:
        label = _active(old, self.id)
        note = label.note if self.note is None else self.note
        return _changed(old, {label.id: replace(label, name=self.name, note=note)})

    def told(self, old: LabelSet) -> str:
        return f"'{old.label(self.id).name}' is renamed '{self.name}'."


@dataclass(frozen=True)
class Merge(Migration):
    """Labels become another one: they retire, what lies below them moves below it."""

    ids: tuple[str, ...]
    into: str

    def apply(self, old: LabelSet) -> LabelSet:
        kept = _active(old, self.into)
        if self.into in self.ids or not self.ids:
            raise InputError(f"'{kept.name}' cannot be merged into itself.", todo="Name other labels.")
        gone = [_active(old, id) for id in self.ids]
        if {*self.ids} & {*old.path(self.into)}:
            raise InputError(
                f"'{kept.name}' lies below a label that would be merged into it.", todo="Move it first."
            )
        changed = {label.id: replace(label, retired=True, key="") for label in gone}
        below = [
            label for label in old.active.values() if label.parent in self.ids and label.id not in changed
        ]
        return _changed(old, changed | {label.id: replace(label, parent=kept.id) for label in below})

    @property
    def became(self) -> Mapping[str, str | None]:
        return dict.fromkeys(self.ids, self.into)

    def told(self, old: LabelSet) -> str:
        return f"{_names(old, self.ids)} become{'s' * (len(self.ids) == 1)} '{old.label(self.into).name}'."


@dataclass(frozen=True)
class Split(Migration):
    """A label becomes several: it retires, and its items come back to the queue.

    Args:
        id: the label.
        names: names of the labels in its place.
    """

    id: str
    names: tuple[str, ...]

    def apply(self, old: LabelSet) -> LabelSet:
        label = _active(old, self.id)
        if len({*self.names}) < 2:
            raise InputError(f"'{label.name}' would be split into fewer than two labels.")
        if old.below.get(label.id):
            raise InputError(
                f"labels lie below '{label.name}', which would be split.", todo="Move them first."
            )
        taken, parts = set(old.by_id), []
        for name in self.names:
            parts.append(Label(fresh(name, taken), name, label.parent))
            taken.add(parts[-1].id)
        gone = replace(label, retired=True, key="")
        at = old.labels.index(label)
        return old.with_labels([*old.labels[:at], gone, *parts, *old.labels[at + 1 :]])

    @property
    def became(self) -> Mapping[str, str | None]:
        return {self.id: None}

    def told(self, old: LabelSet) -> str:
        parts = ", ".join(f"'{name}'" for name in self.names)
        return f"'{old.label(self.id).name}' is split into {parts}."


@dataclass(frozen=True)
class Add(Migration):
    """A new label, last among those below its parent."""

    name: str
    parent: str = ""
    key: str = ""
    note: str = ""

    def apply(self, old: LabelSet) -> LabelSet:
        if self.parent:
            _active(old, self.parent)
        made = Label(fresh(self.name, old.by_id), self.name, self.parent, self.key, self.note)
        return old.with_labels([*old.labels, made])

    def told(self, old: LabelSet) -> str:
        below = f" below '{old.label(self.parent).name}'" if self.parent else ""
        return f"'{self.name}' is added{below}."


@dataclass(frozen=True)
class Retire(Migration):
    """A label can no longer be chosen; answers that name it stay."""

    id: str

    def apply(self, old: LabelSet) -> LabelSet:
        label = _active(old, self.id)
        return _changed(old, {label.id: replace(label, retired=True, key="")})

    def told(self, old: LabelSet) -> str:
        return f"'{old.label(self.id).name}' can no longer be chosen."


@dataclass(frozen=True)
class Move(Migration):
    """A label, with what lies below it, goes below another one, or to the top."""

    id: str
    parent: str = ""

    def apply(self, old: LabelSet) -> LabelSet:
        label = _active(old, self.id)
        if self.parent:
            _active(old, self.parent)
        return _changed(old, {label.id: replace(label, parent=self.parent)})

    def told(self, old: LabelSet) -> str:
        where = f"below '{old.label(self.parent).name}'" if self.parent else "to the top"
        return f"'{old.label(self.id).name}' moves {where}."


ACTS: dict[str, type[Migration]] = {
    "rename": Rename, "merge": Merge, "split": Split, "add": Add, "retire": Retire, "move": Move,
}  # fmt: skip
"""The migrations by name."""


def write(migration: Migration) -> dict[str, Json]:
    """A migration as plain JSON."""
    name = next(name for name, kind in ACTS.items() if type(migration) is kind)
    return {"act": name, **plain(migration)}


def read(body: Mapping[str, Json]) -> Migration:
    """A migration from its plain JSON."""
    given: dict[str, Json] = {
        name: tuple(item) if isinstance(item, list) else item for name, item in body.items()
    }
    kind: Callable[..., Migration] = ACTS[given.pop("act")]
    return kind(**given)


@dataclass(frozen=True)
class Plan:
    """What a migration would touch, told before it is made.

    Args:
        migration: the change.
        after: the label set it would lead to.
        sentence: the change and what it touches, for people.
        read_anew: answers that would be read under another label.
        requeued: items that would come back to be labelled again.
    """

    migration: Migration
    after: LabelSet
    sentence: str
    read_anew: int = 0
    requeued: int = 0


def plan(old: LabelSet, migration: Migration, uses: Mapping[str, tuple[int, int]]) -> Plan:
    """Says what a migration would touch.

    Args:
        old: the set as it stands.
        migration: the change.
        uses: by id of a label, how many answers name it, and on how many items.

    Raises:
        InputError: the change cannot be.
    """
    after = migration.apply(old)
    if old.kind == "vector" and [*after.active] != [*old.active]:
        raise InputError(
            "the numbers of a vector are as many as before, in the same order.",
            expected="Another name or place for one of them.",
            todo="Begin another queue, with a label set of its own.",
        )
    anew = requeued = 0
    for id, new in migration.became.items():
        answers, items = uses.get(id, (0, 0))
        anew, requeued = (anew, requeued + items) if new is None else (anew + answers, requeued)
    touched = []
    if anew:
        touched.append(f"{anew:,} answer{'s' * (anew != 1)} will be read anew")
    if requeued:
        touched.append(f"{requeued:,} item{'s' * (requeued != 1)} will be labelled again")
    sentence = f"{migration.told(old)} {'; '.join(touched) or 'No answer changes'}."
    return Plan(migration, after, sentence, anew, requeued)


def since(migrations: Sequence[Migration]) -> dict[str, str | None]:
    """What ids became in a row of migrations, oldest first, one after the other."""
    became: dict[str, str | None] = {}
    for migration in migrations:
        for old, new in list(became.items()):
            if new is not None and new in migration.became:
                became[old] = migration.became[new]
        became.update({id: new for id, new in migration.became.items() if id not in became})
    return became


def translated(kind: str, value: Json, became: Mapping[str, str | None]) -> tuple[Json, bool]:
    """An older value under the newer set, and whether it still says enough to count.

    Returns:
        The value without what says too little, and False where something was left out.
    """
    lost = any(became.get(id, id) is None for id in values.mentioned(kind, value))
    return (values.replaced(kind, value, became) if became else value), not lost


def _active(labels: LabelSet, id: str) -> Label:
    label = labels.label(id)
    if label.retired:
        raise InputError(f"the label '{label.name}' is retired.", expected="A label that can be chosen.")
    return label


def _changed(old: LabelSet, changed: Mapping[str, Label]) -> LabelSet:
    return old.with_labels(changed.get(label.id, label) for label in old.labels)


def _names(labels: LabelSet, ids: Iterable[str]) -> str:
    return ", ".join(f"'{labels.label(id).name}'" for id in ids)
