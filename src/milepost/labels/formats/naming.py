"""Names of labels in files and ids in values: to and fro, and a label set where a file comes without one."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath, PureWindowsPath

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels import values
from milepost.labels.labelset import Label, LabelSet, fresh


class Naming:
    """Names as files hold them, and the ids that they stand for.

    A label is written by its name, or by its path in the tree, `Animal > Bird`, where another one has the
    same name. Both are read, and so are ids. Without a label set names become labels as they come.

    Args:
        kind: of the values, where there is no label set.
        labels: the label set, or None.
    """

    def __init__(self, kind: str, labels: LabelSet | None = None) -> None:
        self.open = labels is None
        self._made: list[Label] = []
        self._set = LabelSet("labels", kind) if labels is None else labels
        if labels is not None and kind and kind != labels.kind:
            raise InputError(
                f"The file holds values of the kind '{kind}'.",
                expected=f"The label set '{labels.name}' is of the kind '{labels.kind}'.",
            )
        often = Counter(label.name for label in self._set.labels)
        self._names = {
            label.id: label.name if often[label.name] == 1 else self._set.shown(label.id)
            for label in self._set.labels
        }
        self._ids = {name: id for id, name in self._names.items()}

    @property
    def kind(self) -> str:
        """The kind of the values."""
        return self._set.kind

    @property
    def labels(self) -> LabelSet:
        """The label set, with the labels that came with the file where there was none."""
        if not self.open:
            return self._set
        return LabelSet("labels", self.kind, 1, tuple(self._made))

    def name(self, id: str) -> str:
        """The name that stands for an id in files."""
        return self._names[id]

    def id(self, name: Json) -> str:
        """The id that a name stands for.

        Raises:
            InputError: the label set has no such label.
        """
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"{name!r} is no name of a label")
        if name in self._ids:
            return self._ids[name]
        if name in self._names:
            return name
        if not self.open:
            raise InputError(f"the label set has no label '{name}'")
        made = Label(fresh(name, self._names), name)
        self._made.append(made)
        self._names[made.id], self._ids[name] = name, made.id
        return made.id

    def check(self, value: Json) -> Json:
        """A value in canonical form; labels that are retired by now may be named.

        Raises:
            InputError: it is no value of the kind.
        """
        parts = self._set.active if self.kind == "vector" and not self.open else None
        found = values.canonical(self.kind, value, parts)
        for id in values.mentioned(self.kind, found):
            if id not in self._names:
                raise InputError(f"the label set has no label '{id}'")
        return found

    def named(self, value: Json) -> Json:
        """A canonical value with names in place of ids."""
        if self.kind == "choice":
            return self.name(value)
        if self.kind == "tags":
            return [self.name(id) for id in value]
        if self.kind in values.SHAPES:
            return [{**shape, "label": self.name(shape["label"])} for shape in value]
        return value

    def identified(self, value: Json) -> Json:
        """A value with ids in place of names.

        Raises:
            InputError: a name is not known, or the value has another form.
        """
        if self.kind == "choice":
            return self.id(value)
        if self.kind == "tags" and isinstance(value, list):
            return [self.id(name) for name in value]
        if self.kind in values.SHAPES and isinstance(value, list):
            if not all(isinstance(shape, dict) for shape in value):
                raise InputError(f"{value!r} is no list of shapes")
            return [{**shape, "label": self.id(shape.get("label"))} for shape in value]
        return value


def inside(name: Json) -> str:
    """A name of a file that lies below a folder, with slashes.

    Raises:
        InputError: it leads out of the folder, or is no name.

    >>> inside("a/./b.jpg")
    'a/b.jpg'
    """
    if not isinstance(name, str) or not name.strip() or "\0" in name:
        raise InputError(f"{name!r} is no name of a file")
    plain = name.replace("\\", "/")
    path, there = PurePosixPath(plain), PureWindowsPath(name)
    if path.is_absolute() or there.drive or there.root or ".." in path.parts or not path.parts:
        raise InputError(f"'{name}' leads out of the folder")
    return path.as_posix()
