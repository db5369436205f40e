"""A project with a plug-in whose later fits go wrong as the environment says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from milepost import Project
from milepost.steps.work import Talk

PLUGIN = '''
import os

import numpy as np

from milepost.learners.base import Learner, Model, learners


class Plane(Model):
    """Slopes; a shy one answers known rows only."""

    rounds, curve = 1, ()

    def __init__(self, slopes, known):
        self.slopes, self.known = slopes.astype(np.float32), known

    def raw(self, x):
        raw = np.column_stack([x, np.ones(len(x), np.float32)]) @ self.slopes
        if self.known:
            raw[[row.tobytes() not in self.known for row in x]] = np.nan
        return raw

    def emit(self, builder, features):
        steep = builder.node("MatMul", features, builder.const(self.slopes[:-1]))
        return builder.node("Add", steep, builder.const(self.slopes[-1]))


class Fickle(Learner):
    """Least squares."""

    name, title, view = "fickle", "a plane", "dense"

    def portfolio(self, rows, features, head):
        return ({},)

    def random(self, params):
        return True

    def fit(self, train, valid, job):
        mood = os.environ.get("FICKLE", "") if valid is None else ""
        if mood == "raise" or mood.startswith("above") and len(train.x) > int(mood.split()[1]):
            raise ValueError("the second fit is too much")
        if mood == "seed" and job.seed % 2:
            raise ValueError("an odd seed")
        if mood == "crowded":
            os.environ["FICKLE"] = ""
            raise MemoryError
        if mood == "machine":
            from milepost.errors import MissingExtra

            raise MissingExtra.of("torch", "this plane")
        x = np.column_stack([train.x, np.ones(len(train.x))])
        slopes = np.linalg.lstsq(x, np.reshape(train.y, (len(x), -1)), rcond=None)[0]
        slopes = slopes * np.nan if mood == "blank" else slopes
        return Plane(slopes, {row.tobytes() for row in train.x} if mood == "shy" else set())


learners.add(Fickle.name, Fickle())
'''
TALK = Talk(yes=True)


def begun(folder: Path) -> Path:
    """A project of numbers carried to the end of `tune`: trees and planes share what ships."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(240, 3))
    y = 2 * x[:, 0] + x[:, 1] + np.sign(x[:, 2]) * np.abs(x[:, 0]) + 0.3 * rng.normal(size=240)
    table = pl.DataFrame({**{f"x{i}": x[:, i] for i in range(3)}, "y": y})
    project = Project.new(folder, table, "y", budget="60s")
    (folder / "plugins").mkdir(exist_ok=True)
    (folder / "plugins" / "fickle.py").write_text(PLUGIN)
    project.brief.changed({"budget.trials": 2, "budget.refit": "all", "budget.threads": 1}).write(folder)
    project = Project(folder)
    project.run(until="overfit", talk=TALK)
    project.step("tune", TALK, families=["lightgbm", "fickle"])
    return folder
