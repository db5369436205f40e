"""Changes values of a brief's TOML text and leaves the rest of it as its writer left it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import tomlkit
from pydantic import BaseModel
from tomlkit.items import Comment, Null, Table, Trivia, Whitespace

from milepost.brief.toml import literal
from milepost.digest import plain
from milepost.errors import BriefError

_WHY = re.compile(r"\s*\(inferred: .*\)\s*$")
_LONE = re.compile(r"(?<!\r)\n")
_HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)\s*\]")


def edited(text: str, after: BaseModel, read: Callable[[Mapping[str, Any]], BaseModel]) -> str:
    """Returns a brief's text with the values of another brief, its comments and its order kept.

    A key that goes back to its default becomes a comment; a key that is set for the first time takes the
    place of the comment that shows it. That a value was inferred is no longer said of one that was changed.

    Args:
        text: the TOML as it stands.
        after: the brief that it shall say.
        read: makes a brief of plain content.

    Raises:
        BriefError: the text is written in a way that cannot be changed here.
    """
    before = read(tomllib.loads(text))
    changes = list(_changes(before, after))
    for shown in (_uncommented(text, changes), text):
        try:
            made = _set(shown, changes)
            said = read(tomllib.loads(made))
        except (tomlkit.exceptions.TOMLKitError, tomllib.TOMLDecodeError, BriefError):
            continue
        if not list(_changes(said, after)):
            return _LONE.sub("\r\n", made) if "\r\n" in text and not _LONE.search(text) else made
    raise BriefError(
        "the file is written in a way that a form cannot change without losing something.",
        todo="Make the change in the file itself.",
    )


def _changes(before: BaseModel, after: BaseModel) -> Iterator[tuple[tuple[str, ...], Any, bool]]:
    """The path of each key that differs, its new value as plain JSON, and whether that is the default."""
    for name in type(after).model_fields:
        old, new = getattr(before, name), getattr(after, name)
        if isinstance(new, BaseModel):
            yield from _differing((name,), old, new)
            continue
        for column in dict.fromkeys([*old, *new]):
            kind = type(new.get(column) or old.get(column))
            yield from _differing((name, column), old.get(column, kind()), new.get(column, kind()))


def _differing(
    path: tuple[str, ...], old: BaseModel, new: BaseModel
) -> Iterator[tuple[tuple[str, ...], Any, bool]]:
    for key, field in type(new).model_fields.items():
        value = getattr(new, key)
        if value != getattr(old, key):
            default = field.get_default(call_default_factory=True)
            yield (*path, key), plain(value), value == default


def _uncommented(text: str, changes: list[tuple[tuple[str, ...], Any, bool]]) -> str:
    """The text with values in place of the comments `#key = ...` that show keys as they would be set."""
    wanted = {path: value for path, value, default in changes if len(path) == 2 and not default}
    lines, table = text.splitlines(keepends=True), ""
    for at, line in enumerate(lines):
        if found := _HEADER.match(line):
            table = found[1]
        key = line[1:].partition("=")[0].strip() if line.startswith("#") else ""
        if (table, key) in wanted:
            with suppress(tomlkit.exceptions.TOMLKitError):  # what is no key and value is a remark
                shown = tomlkit.parse(line[1:])
                shown[key] = _item(wanted.pop((table, key)))
                lines[at] = tomlkit.dumps(shown)
    return "".join(lines)


def _set(text: str, changes: list[tuple[tuple[str, ...], Any, bool]]) -> str:
    """The text with each change made where its key stands, or at the end of its table."""
    document = tomlkit.parse(text)
    for path, value, default in changes:
        table: Any = document
        for name in path[:-1]:
            if name not in table:
                _new(table, name, len(path) == 3 and name == path[0])
            table = table[name]
        if not default:
            tail = [] if path[-1] in table else _tail(table)
            table[path[-1]] = _item(value)
            if tail:
                table.value.body.extend(tail)
        elif path[-1] in table:
            _comment_out(table, path[-1])
        _no_guess(table, path[-1])
    return tomlkit.dumps(document)


def _item(value: Any) -> Any:
    return tomlkit.parse(f"x = {literal(value)}\n")["x"]


def _new(table: Any, name: str, above: bool) -> None:
    """Adds a table; what stands below the one before it, as a heading of the next, stays below."""
    last = ([None, *table.values()] if isinstance(table, Table) else [None])[-1]
    tail = _tail(last)
    made = tomlkit.table(is_super_table=above)
    if isinstance(last, Table):
        last.value.body.append((None, Whitespace("\n")))
    table[name] = made
    table[name].value.body.extend(tail)


def _tail(table: Any) -> list[Any]:
    """Takes the blank lines and comments after a table's last key out of it."""
    found: list[Any] = []
    if isinstance(table, Table):
        body = table.value.body
        while body and isinstance(body[-1][1], Comment | Whitespace):
            found.insert(0, body.pop())
    return found


def _place(table: Any, key: str) -> int:
    body = table.value.body if hasattr(table.value, "body") else []
    return next((at for at, (found, _) in enumerate(body) if found is not None and found.key == key), -1)


def _comment_out(table: Any, key: str) -> None:
    """Turns a key into a comment; one of several lines, or of a table in one line, is taken out."""
    at = _place(table, key)
    item = table.value.body[at][1] if at >= 0 else None
    table.remove(key)
    if item is None or not isinstance(table, Table):
        return
    shown = f"#{key} = {item.as_string()}{item.trivia.comment_ws}{item.trivia.comment}"
    if "\n" not in shown:
        table.value.body[at] = (None, Comment(Trivia(comment=shown, trail=item.trivia.trail)))


def _no_guess(table: Any, key: str) -> None:
    """Takes "(inferred: ...)" out of the comment above a key."""
    at = _place(table, key)
    above = table.value.body[at - 1][1] if at > 0 else None
    if isinstance(above, Comment) and (said := _WHY.search(above.trivia.comment)):
        left = above.trivia.comment[: said.start()]
        above.trivia.comment = left
        if left == "#":
            table.value.body[at - 1] = (None, Null())
