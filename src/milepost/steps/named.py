"""Makes sure that what the brief names is there, and that it does not say two things of one column."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from milepost.brief import Brief
from milepost.errors import BriefError, InputError, did_you_mean
from milepost.tasks.base import Task


def named(brief: Brief, columns: Sequence[str], folder: Path) -> None:
    """Checks every column and file that the brief names against the data.

    Args:
        brief: the brief.
        columns: the columns of the source table.
        folder: the project's folder.

    Raises:
        InputError: a column that is not there.
        BriefError: a file that is not there, or roles that contradict each other.
    """
    for key, column in _columns(brief):
        if column not in columns:
            raise InputError(
                f"{key} names '{column}', but there is no column '{column}' in the data.",
                todo=did_you_mean(column, columns),
            )
    _roles(brief)
    for key, file in brief.files.items():
        if not (folder / file).is_file():
            raise BriefError(
                f"{key} names '{file}', but there is no such file in '{folder}'.",
                todo="Put it there, or take the key away.",
            )


def directed(brief: Brief, task: Task) -> None:
    """Checks that "up" and "down" mean anything for the task.

    Raises:
        BriefError: a column is monotone, and there is more than one answer that could rise.
    """
    asked = [name for name, column in brief.columns.items() if column.monotone]
    if asked and (task.family not in ("binary", "regression") or len(task.targets) > 1):
        raise BriefError(
            f"[columns.{asked[0]}] is monotone, but of the task's several answers some fall as others rise.",
            expected="A binary task, where the chance of the positive class rises, or one number to predict.",
            todo="Take `monotone` away, or predict one class against the others.",
        )


def _columns(brief: Brief) -> list[tuple[str, str]]:
    """Every column that the brief names, with the key that names it."""
    data, value = brief.data, brief.value
    found = [("[target] columns", name) for name in brief.target.columns]
    found += [("[data] time", data.time), ("[data] group", data.group)]
    found += [("[data] keys", name) for name in data.keys]
    found += [(f"[columns.{name}]", name) for name in brief.columns]
    found += [("[people] columns", name) for name in brief.people.columns]
    found += [("[correction] margins", name) for name in brief.correction.margins]
    found += [("[existing] column", brief.existing.column)]
    costs = (("[value] cost_miss", value.cost_miss), ("[value] cost_false_alarm", value.cost_false_alarm))
    found += [(key, cost) for key, cost in costs if isinstance(cost, str)]
    return [(key, name) for key, name in found if name]


def _roles(brief: Brief) -> None:
    """A role that another key gives as well has to be the same there."""
    homes = {
        "target": ("[target] columns", brief.target.columns),
        "time": ("[data] time", (brief.data.time,)),
        "group": ("[data] group", (brief.data.group,)),
    }
    for name, column in brief.columns.items():
        if column.role in homes and name not in homes[column.role][1]:
            home = homes[column.role][0]
            raise BriefError(
                f"[columns.{name}] has the role '{column.role}', but {home} does not name '{name}'.",
                todo=f"Name it there: {home} = '{name}'; or take the role away.",
            )
        if name in brief.target.columns and (column.role not in ("", "target") or not column.available):
            said = f"the role '{column.role}'" if column.role else "available = false"
            raise BriefError(
                f"[columns.{name}] has {said}, but '{name}' is what is predicted.",
                todo="Take that away, or name another target.",
            )
        if column.monotone and (column.role not in ("", "input") or name in brief.target.columns):
            raise BriefError(
                f"[columns.{name}] is monotone, but '{name}' is no input.",
                todo="Take `monotone` away, or let the column be an input.",
            )
    heavy = [name for name, column in brief.columns.items() if column.role == "weight"]
    if len(heavy) > 1:
        listed = " and ".join(f"'{name}'" for name in heavy)
        raise BriefError(f"{listed} all have the role 'weight'.", todo="Give it to one column.")
