"""What every format reads and writes: items, people's answers, suggestions of models, and the label set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels.formats.naming import Naming
from milepost.labels.labelset import LabelSet

Act = Literal["submitted", "draft", "discarded"]
ACTS: tuple[Act, ...] = ("submitted", "draft", "discarded")


@dataclass(frozen=True)
class Item:
    """Something to label.

    Args:
        key: its name, unique.
        content: its row; of pictures, the name of the file in `image`, and `width` and `height` as shown.
    """

    key: str
    content: Mapping[str, Json]


@dataclass(frozen=True)
class Answer:
    """What a person said about an item.

    Args:
        item: the key of the item.
        person: who.
        value: the value in canonical form; None where it was discarded.
        act: "submitted", "draft" or "discarded".
        seconds: it took, or None.
        at: when, as ISO 8601 in UTC, or "".
        comment: in their own words.
    """

    item: str
    person: str
    value: Json
    act: Act = "submitted"
    seconds: float | None = None
    at: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Suggestion:
    """What a model says about an item.

    Args:
        item: the key of the item.
        value: the value in canonical form.
        model: the model's name and version.
        score: how sure it is, or None.
    """

    item: str
    value: Json
    model: str = ""
    score: float | None = None


@dataclass(frozen=True)
class Bundle:
    """Items with all that was said about them.

    Args:
        labels: the label set, which names the kind of the values.
        items: the items, labelled or not.
        answers: of people.
        suggestions: of models.

    Raises:
        InputError: two items share a key, or something is said about an item that is not there.
    """

    labels: LabelSet
    items: tuple[Item, ...] = ()
    answers: tuple[Answer, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()

    def __post_init__(self) -> None:
        often = Counter(item.key for item in self.items)
        twice = next((key for key, count in often.items() if count > 1), None)
        if twice is not None:
            raise InputError(f"two items have the key '{twice}'.", expected="Each key is unique.")
        everything: list[Answer | Suggestion] = [*self.answers, *self.suggestions]
        for said in everything:
            if said.item not in often:
                raise InputError(f"something is said about '{said.item}', which is no item.")

    @property
    def by_item(self) -> dict[str, list[Answer]]:
        """The answers by the key of their item; items without one have none."""
        found: dict[str, list[Answer]] = {item.key: [] for item in self.items}
        for answer in self.answers:
            found[answer.item].append(answer)
        return found

    def settled(self, person: str | None = None) -> dict[str, Answer]:
        """One submitted answer an item, for formats that hold no more.

        Args:
            person: whose; None where everybody's may be taken, as long as items have one at most.

        Raises:
            InputError: an item has several.
        """
        found: dict[str, Answer] = {}
        for answer in self.answers:
            if answer.act != "submitted" or (person is not None and answer.person != person):
                continue
            if answer.item in found:
                raise InputError(
                    f"The item '{answer.item}' has more than one answer.",
                    expected="This format holds one answer an item.",
                    todo="Write the consensus, or name the person whose answers are to be written.",
                )
            found[answer.item] = answer
        return found


@dataclass(frozen=True)
class Bad:
    """An entry that cannot be used.

    Args:
        place: where it stands: the file, and the line or entry in it.
        reason: why, half a sentence.
    """

    place: str
    reason: str


@dataclass(frozen=True)
class Taken:
    """What was read.

    Args:
        bundle: what can be used.
        bad: what cannot, with place and reason.
        entries: how many entries there were: each is an item, an answer or a suggestion, or bad.
        notes: sentences for the user.
    """

    bundle: Bundle
    bad: tuple[Bad, ...] = ()
    entries: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """What was written.

    Args:
        files: names of files below the target, or the target's own.
        items: items written.
        answers: answers written.
        suggestions: suggestions written.
        lost: what the format could not hold, counted, one sentence each; empty where nothing was lost.
    """

    files: tuple[str, ...]
    items: int
    answers: int
    suggestions: int = 0
    lost: tuple[str, ...] = ()


@dataclass
class Gathered:
    """What a reader collects, entry by entry: what is bad is listed, and the rest goes on.

    Args:
        names: from names of labels to ids.
        items: by key, in order.
        answers: so far.
        suggestions: so far.
        bad: so far.
        entries: seen so far.
        notes: for the user.
    """

    names: Naming
    items: dict[str, Item] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    entries: int = 0
    notes: list[str] = field(default_factory=list)

    def item(self, place: str, key: str, content: Mapping[str, Json]) -> bool:
        """Adds an item; says whether its key is new."""
        self.entries += 1
        if key in self.items:
            self.refuse(place, f"'{key}' stands there already")
            return False
        self.items[key] = Item(key, content)
        return True

    def refuse(self, place: str, reason: str | InputError, counted: bool = True) -> None:
        """Lists an entry that cannot be used; one that was not counted yet is counted now."""
        self.entries += not counted
        self.bad.append(Bad(place, (str(reason) if isinstance(reason, str) else reason.what).rstrip(".")))

    def answer(self, place: str, answer: Answer) -> None:
        """Adds an answer, its value checked."""
        self.entries += 1
        if answer.item not in self.items:
            self.refuse(place, f"there is no item '{answer.item}'")
            return
        try:
            value = None if answer.act == "discarded" else self.names.check(answer.value)
        except InputError as problem:
            self.refuse(place, problem)
            return
        self.answers.append(answer if value is answer.value else replace(answer, value=value))

    def suggestion(self, place: str, suggestion: Suggestion) -> None:
        """Adds a suggestion, its value checked."""
        self.entries += 1
        try:
            value = self.names.check(suggestion.value)
        except InputError as problem:
            self.refuse(place, problem)
            return
        self.suggestions.append(replace(suggestion, value=value))

    def clear(self) -> None:
        """Begins the next part; names of labels stay known."""
        self.items.clear()
        for part in (self.answers, self.suggestions, self.bad, self.notes):
            part.clear()
        self.entries = 0

    def taken(self) -> Taken:
        """All of it."""
        bundle = Bundle(
            self.names.labels, tuple(self.items.values()), tuple(self.answers), tuple(self.suggestions)
        )
        return Taken(bundle, tuple(self.bad), self.entries, tuple(self.notes))


def lost(counts: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    """Sentences on what was left out, each with its count; none where nothing was.

    >>> lost([(3, "comments"), (0, "times")])
    ('3 comments were left out.',)
    """
    return tuple(f"{count:,} {what} were left out." for count, what in counts if count)


def said_besides(bundle: Bundle, written: Mapping[str, Answer]) -> list[tuple[int, str]]:
    """What formats of one plain answer an item leave out, counted.

    Args:
        bundle: what was to be written.
        written: the answers that were.
    """
    answers = bundle.answers
    chosen = written.values()
    return [
        (sum(a.act == "draft" for a in answers), "drafts"),
        (sum(a.act == "discarded" for a in answers), "items discarded by somebody"),
        (sum(a.act == "submitted" for a in answers) - len(written), "answers of others"),
        (len(bundle.suggestions), "suggestions of models"),
        (sum(bool(a.comment) for a in chosen), "comments"),
    ]
