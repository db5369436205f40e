"""Hands over what a project ships."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from milepost.digest import Json
from milepost.errors import GateFailed
from milepost.ledger import OPEN, Evidence
from milepost.registry import load_plugins
from milepost.shipping.target import refuse
from milepost.steps.work import Talk


class Shop(Protocol):
    """The parts of a project that are needed here."""

    folder: Path

    def step(self, name: str, talk: Talk | None = None, **settings: Json) -> Evidence:
        """Runs one step."""


def ship(project: Shop, to: str, out: str | Path | None, talk: Talk | None, point: str = "") -> Path:
    """Ships to a target and returns the folder, copied to `out` where given; see `Project.ship`."""
    load_plugins(project.folder / "plugins")
    refuse(to, out)
    made = project.step("ship", talk, to=to, point=point)
    if made.verdict not in OPEN:
        raise GateFailed(
            made.reason, todo=f'Mend it, or: milepost waive {project.folder} ship --because "..."'
        )
    built = project.folder / "ship" / to
    if out is None:
        return built
    shutil.copytree(built, out, dirs_exist_ok=True)
    return Path(out)
