"""Sets of labels: ids that stay, names that may change, trees of any depth, and search as one types."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from milepost.digest import Json
from milepost.errors import InputError, did_you_mean
from milepost.labels import values

SHORTCUTS = "123456789abcdefghijklmnopqrstuvwxy"
"""Keys in the order in which labels get them; z takes back."""


@dataclass(frozen=True)
class Label:
    """A label.

    Args:
        id: what values name; it never changes and is never given to another label.
        name: what people read.
        parent: the id of the label above it, or "".
        key: the key that chooses it, or "".
        note: when to choose it.
        retired: whether it can no longer be chosen; values that name it stay readable.
    """

    id: str
    name: str
    parent: str = ""
    key: str = ""
    note: str = ""
    retired: bool = False


@dataclass(frozen=True)
class LabelSet:
    """The labels among which people choose, at one version.

    Args:
        name: its name.
        kind: the kind of its values, one of `milepost.labels.values.KINDS`.
        version: from 1; each migration makes the next.
        labels: the labels, retired ones too, in the order in which they are shown. Components of a vector
            are labels too; numbers, pairs and likes have none.

    Raises:
        InputError: two labels share an id, two that can be chosen share a key or a name below one parent, or
            the tree is none.
    """

    name: str
    kind: str
    version: int = 1
    labels: tuple[Label, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in values.KINDS:
            todo = did_you_mean(self.kind, values.KINDS)
            raise InputError(f"there is no kind of label '{self.kind}'.", todo=todo)
        if self.labels and self.kind not in (*values.NAMED, "vector"):
            raise InputError(f"values of the kind '{self.kind}' name no labels, but labels are given.")
        _once("id", (label.id for label in self.labels))
        active = [label for label in self.labels if not label.retired]
        _once("key", (label.key for label in active if label.key))
        for label in self.labels:
            if not label.id or not label.name.strip():
                raise InputError(f"the label {label} lacks an id or a name.")
            if len(label.key) > 1:
                raise InputError(f"the key '{label.key}' of '{label.name}' is not one character.")
        self._check_tree()
        _once("name below one parent", (f"{label.parent}/{label.name.casefold()}" for label in active))

    def _check_tree(self) -> None:
        for label in self.labels:
            if label.parent and label.parent not in self.by_id:
                raise InputError(
                    f"the label '{label.name}' lies below '{label.parent}', which is not in the set.",
                    todo=did_you_mean(label.parent, self.by_id),
                )
            above = self.by_id.get(label.parent)
            if above and above.retired and not label.retired:
                raise InputError(
                    f"the label '{label.name}' lies below '{above.name}', which is retired.",
                    todo="Move it first, or retire it too.",
                )
        for label in self.labels:
            seen, higher = {label.id}, label.parent
            while higher:
                if higher in seen:
                    raise InputError(f"the label '{label.name}' lies below itself.")
                seen.add(higher)
                higher = self.by_id[higher].parent

    @classmethod
    def start(cls, name: str, kind: str, names: Iterable[str] = ()) -> LabelSet:
        """A first version from names; `Animal > Bird` lies below `Animal`, and the first get keys.

        >>> [(label.id, label.key) for label in LabelSet.start("pets", "choice", ["Cat", "Big dog"]).labels]
        [('cat', '1'), ('big-dog', '2')]
        """
        found: dict[tuple[str, ...], Label] = {}
        taken: set[str] = set()
        for path in names:
            parts = tuple(part.strip() for part in path.split(">"))
            if not all(parts):
                raise InputError(
                    f"a part of the label '{path}' has no name.",
                    expected="'>' stands between a label and those below it.",
                )
            for depth in range(1, len(parts) + 1):
                if parts[:depth] in found and depth < len(parts):
                    continue
                if parts[:depth] in found:
                    raise InputError(f"the label '{path}' is given twice.")
                above = found[parts[: depth - 1]].id if depth > 1 else ""
                made = fresh(parts[depth - 1], taken)
                taken.add(made)
                key = SHORTCUTS[len(found)] if len(found) < len(SHORTCUTS) else ""
                found[parts[:depth]] = Label(made, parts[depth - 1], above, key)
        return cls(name, kind, 1, tuple(found.values()))

    @classmethod
    def read(cls, body: Mapping[str, Json]) -> LabelSet:
        """A set from its plain JSON, as `milepost.digest.plain` writes it."""
        labels = tuple(Label(**label) for label in body["labels"])
        return cls(body["name"], body["kind"], body["version"], labels)

    @cached_property
    def by_id(self) -> dict[str, Label]:
        """Every label by its id, retired ones too."""
        return {label.id: label for label in self.labels}

    @cached_property
    def active(self) -> dict[str, Label]:
        """The labels that can be chosen, by id."""
        return {label.id: label for label in self.labels if not label.retired}

    @cached_property
    def below(self) -> dict[str, tuple[Label, ...]]:
        """The labels that can be chosen, by the id of the label above them; "" has those of the top."""
        found: dict[str, list[Label]] = {}
        for label in self.active.values():
            found.setdefault(label.parent, []).append(label)
        return {above: tuple(labels) for above, labels in found.items()}

    def label(self, id: str) -> Label:
        """A label by its id.

        Raises:
            InputError: the set has none.
        """
        if id not in self.by_id:
            raise InputError(
                f"the label set '{self.name}' has no label '{id}'.", todo=did_you_mean(id, self.by_id)
            )
        return self.by_id[id]

    def path(self, id: str) -> tuple[str, ...]:
        """The ids from the top down to a label, itself last."""
        found = [self.label(id).id]
        while self.by_id[found[-1]].parent:
            found.append(self.by_id[found[-1]].parent)
        return tuple(reversed(found))

    def shown(self, id: str) -> str:
        """A label with what lies above it, for people: `Animal > Bird`."""
        return " > ".join(self.by_id[part].name for part in self.path(id))

    def check(self, value: Json, retired: bool = False) -> Json:
        """A value in canonical form; every label in it can be chosen.

        Args:
            value: the value.
            retired: whether it may name labels that can be chosen no more.

        Raises:
            InputError: it is no value of this set; the place in it is named.
        """
        if self.kind in values.NAMED and retired:
            return values.canonical(self.kind, value, self.by_id)
        named = self.kind in (*values.NAMED, "vector")
        return values.canonical(self.kind, value, self.active if named else None)

    def find(self, typed: str, limit: int = 20) -> list[Label]:
        """The labels that fit what was typed so far, best first.

        Case and accents do not matter. Every typed word has to be found. A name that is what was typed comes
        first, then names that begin with it, then those one of whose words does, then the rest of those that
        hold it, then labels whose place in the tree holds it.

        Args:
            typed: a beginning, or several, in any order.
            limit: how many at most.
        """
        words = fold(typed).split()
        whole = " ".join(words)
        ranked = []
        for place, (label, name, path) in enumerate(self._folded):
            if not all(word in path for word in words):
                continue
            ranked.append((_rank(name, whole, words), len(name), place, label))
        return [label for *_, label in sorted(ranked, key=lambda found: found[:3])[:limit]]

    @cached_property
    def _folded(self) -> list[tuple[Label, str, str]]:
        return [(label, fold(label.name), fold(self.shown(label.id))) for label in self.active.values()]

    def with_labels(self, labels: Iterable[Label]) -> LabelSet:
        """The next version, with other labels."""
        return replace(self, version=self.version + 1, labels=tuple(labels))


def _rank(name: str, whole: str, words: list[str]) -> int:
    if name == whole:
        return 0
    if name.startswith(whole):
        return 1
    if all(re.search(rf"\b{re.escape(word)}", name) for word in words):
        return 2
    return 3 if all(word in name for word in words) else 4


def fold(text: str) -> str:
    """Text without case, accents and needless space, for comparing.

    >>> fold("  Élan  Vital ")
    'elan vital'
    """
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(part for part in parts if not unicodedata.combining(part)).split())


def fresh(name: str, taken: Iterable[str]) -> str:
    """An id for a name that no other label has.

    >>> fresh("Big dog!", {"big-dog"})
    'big-dog-2'
    """
    used = taken if isinstance(taken, set | dict) else set(taken)
    plain = re.sub(r"[\W_]+", "-", fold(name)).strip("-")[:40] or "label"
    found, count = plain, 1
    while found in used:
        count += 1
        found = f"{plain}-{count}"
    return found


def _once(what: str, words: Iterable[str]) -> None:
    seen: set[str] = set()
    for word in words:
        if word in seen:
            raise InputError(f"two labels of the set have the {what} '{word}'.", expected="Each is unique.")
        seen.add(word)
