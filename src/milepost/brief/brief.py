"""milepost.toml, typed: what a project is about, what it may cost and what it must keep to."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from milepost.brief import tables as t
from milepost.brief.checks import inside
from milepost.brief.edit import edited
from milepost.brief.sentences import refusal
from milepost.brief.toml import commented
from milepost.digest import Json, plain
from milepost.errors import BriefError, EnvironmentProblem, did_you_mean

FILE = "milepost.toml"


class Brief(t.Table):
    """What a project is about: the content of its milepost.toml.

    Every table and key may be left out; `Brief()` knows nothing yet.

    >>> brief = Brief.of({"target": {"columns": "late"}, "budget": {"seconds": "2m"}})
    >>> brief.target.columns, brief.budget.seconds
    (('late',), 120.0)
    """

    problem: t.Problem = t.Problem()
    target: t.Target = t.Target()
    data: t.Data = t.Data()
    columns: dict[str, t.ColumnBrief] = Field({}, description="What is known of single columns.")
    success: t.Success = t.Success()
    value: t.Value = t.Value()
    existing: t.Existing = t.Existing()
    constraints: t.Constraints = t.Constraints()
    people: t.People = t.People()
    correction: t.Correction = t.Correction()
    budget: t.Budget = t.Budget()

    @classmethod
    def of(cls, content: Mapping[str, Any], where: str = FILE) -> Brief:
        """Returns the brief of plain content, as TOML or JSON hold it.

        Args:
            content: tables by name.
            where: the name of the source, for errors.

        Raises:
            BriefError: an unknown key, a value of the wrong kind, or keys that contradict each other.
        """
        try:
            return cls.model_validate(dict(content))
        except ValidationError as problem:
            raise refusal(problem, cls, where) from None

    @classmethod
    def load(cls, folder: str | Path) -> Brief:
        """Returns the brief of a project's folder.

        Raises:
            BriefError: there is no milepost.toml, it is no TOML, or it says something that cannot be.
        """
        path = Path(folder) / FILE
        try:
            content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        except FileNotFoundError:
            raise BriefError(
                f"there is no {FILE} in '{folder}'.",
                todo="Make a project: milepost new DIR --data FILE --target COLUMN.",
            ) from None
        except UnicodeDecodeError as problem:
            raise BriefError(f"'{path}' is not UTF-8: {problem.reason}.", todo="Save it as UTF-8.") from None
        except tomllib.TOMLDecodeError as problem:
            raise BriefError(f"'{path}' is not TOML: {problem}.", todo="Correct it there.") from None
        except RecursionError:
            raise BriefError(f"'{path}' is nested too deeply.", todo="Correct it there.") from None
        except ValueError:  # an integer of thousands of digits
            raise BriefError(f"'{path}' holds a number that is too long.", todo="Correct it there.") from None
        except OSError as problem:
            raise EnvironmentProblem(f"'{path}' cannot be read: {problem.strerror}.") from problem
        brief = cls.of(content, str(path))
        brief.contained(folder)
        return brief

    @property
    def files(self) -> Mapping[str, str]:
        """The files in the project's folder that it names, by the key that names them."""
        named = {"[existing] rule": self.existing.rule.rpartition(":")[0]}
        named |= {f"[columns.{name}] vectors": column.vectors for name, column in self.columns.items()}
        return {key: file for key, file in named.items() if file}

    def contained(self, folder: str | Path) -> None:
        """Makes sure that these files lie inside the project's folder, links followed.

        Raises:
            BriefError: one does not.
        """
        for file in self.files.values():
            inside(Path(folder), file)

    def write(self, folder: str | Path, notes: Mapping[str, str] | None = None) -> Path:
        """Writes a commented milepost.toml and returns its path; a file is there whole or not at all.

        Args:
            folder: the project's folder, made where it is missing.
            notes: why inferred values were chosen, by key path such as "target.task".

        Raises:
            EnvironmentProblem: the file cannot be written.
        """
        return _written(Path(folder), commented(self, notes or {}))

    def edit(self, folder: str | Path) -> Path:
        """Writes what differs into the milepost.toml that is there, and keeps its comments and its order.

        Raises:
            BriefError: there is no such file, or it is written in a way that cannot be changed by program.
            EnvironmentProblem: the file cannot be written.
        """
        type(self).load(folder)
        text = (Path(folder) / FILE).read_bytes().decode("utf-8-sig")
        return _written(Path(folder), edited(text, self, type(self).of))

    @classmethod
    def sections(cls) -> tuple[str, ...]:
        """The names of the tables, in the order of the file."""
        return tuple(cls.model_fields)

    def plain(self) -> dict[str, Json]:
        """The whole brief as plain JSON, which `of` reads back."""
        return {name: plain(table) for name, table in self.model_dump().items()}

    def changed(self, values: Mapping[str, Any]) -> Brief:
        """Returns the brief with keys set to other values, checked again.

        Args:
            values: by key path: {"budget.seconds": "60s"}; for a column a pair of its name and key:
                {"columns.age": {"role": "ignored"}} replaces what is said of it.

        Raises:
            BriefError: a path that is none, or a value that cannot be.

        >>> Brief().changed({"budget.seconds": "1h"}).budget.seconds
        3600.0
        """
        content = self.plain()
        for name, value in values.items():
            table, _, key = name.partition(".")
            if table not in content:
                raise BriefError(f"there is no table [{table}].", todo=did_you_mean(table, content))
            content[table] = {**content[table], key: value} if key else value
        return type(self).of(content)


def part(content: Mapping[str, Json], *names: str) -> Json:
    """Returns tables and keys of a brief made plain: a step's cache key holds only what it reads.

    One name gives its content, several a mapping of name to content.

    Raises:
        BriefError: there is no such table or key.

    >>> part(Brief().plain(), "budget.seed"), part(Brief().plain(), "success", "people")
    (0, {'success': {'metric': '', 'bar': None}, 'people': {'columns': []}})
    """
    found = {name: _walk(content, name) for name in names}
    return found[names[0]] if len(names) == 1 else found


def _walk(content: Mapping[str, Json], name: str) -> Json:
    table, _, key = name.partition(".")
    if table not in content:
        raise BriefError(f"there is no table [{table}].", todo=did_you_mean(table, content))
    if key and key not in content[table] and table != "columns":
        raise BriefError(f"[{table}] has no key '{key}'.", todo=did_you_mean(key, content[table]))
    return content[table].get(key) if key else content[table]


def _written(folder: Path, text: str) -> Path:
    path = folder / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text.encode())
    except OSError as problem:
        raise EnvironmentProblem(
            f"'{path}' cannot be written: {problem.strerror}.",
            todo="Check the rights and the space there.",
        ) from problem
    return path


def _replace(path: Path, data: bytes) -> None:
    """Writes beside the file, then renames over it, so that a crash leaves the old or the new."""
    descriptor, temporary = tempfile.mkstemp(prefix=".milepost-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
