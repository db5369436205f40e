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
from milepost.learners.python import PythonModel


class Plane(Model):
    """Slopes; in some moods it fails on strange rows, in others as a graph, or with coarser numbers."""

    rounds, curve = 1, ()

    def __init__(self, slopes, known, mood):
        self.slopes, self.known, self.mood = slopes.astype(np.float32), known, mood

    def raw(self, x):
        raw = np.column_stack([x, np.ones(len(x), np.float32)]) @ self.slopes
        if self.mood in ("shy", "rude"):
            strange = (x[:, None, :] != self.known).all(axis=(1, 2)) & (x[:, 0] > 0.1)
            if self.mood == "rude" and strange.any():
                raise ValueError("that row is strange")
            raw[strange] = np.nan
        return raw + raw.max() if self.mood == "herd" else raw

    def emit(self, builder, features):
        if self.mood == "mute":
            raise ValueError("there are no nodes for this")
        steep = builder.node("MatMul", features, builder.const(self.slopes[:-1]))
        plane = builder.node("Add", steep, builder.const(self.slopes[-1]))
        if self.mood == "torn":
            return builder.node("MatMul", plane, builder.const(self.slopes[:-1]))
        if self.mood == "crooked":
            return builder.node("Add", plane, builder.const(np.float32([[1.0]])))
        if self.mood == "herd":
            return builder.node("Add", plane, builder.node("ReduceMax", plane, keepdims=0))
        return self.bent(builder, features, plane) if self.mood == "sly" else plane

    def bent(self, builder, features, plane):
        wide = builder.node("Unsqueeze", features, builder.const(np.array([1])))
        same = builder.cast(builder.node("Equal", wide, builder.const(self.known[None])), "float")
        known = builder.node("ReduceMax", same, builder.const(np.array([1, 2])), keepdims=0)
        known = builder.node("Unsqueeze", known, builder.const(np.array([1])))
        first = builder.node("Gather", features, builder.const(np.array([0])), axis=1)
        high = builder.cast(builder.node("Greater", first, builder.const(np.float32([[0.1]]))), "float")
        return builder.node("Add", plane, builder.node("Mul", high, builder.node("Sub", high, known)))

    def rounded(self):
        if self.mood == "stiff":
            raise ValueError("its numbers cannot be rounded")
        if self.mood.startswith("coarse"):
            return Plane(np.round(self.slopes, 2), self.known, self.mood.removeprefix("coarse").strip())
        return self


class Loose(PythonModel):
    """The same without a graph; a stuck one cannot be pickled."""

    rounds, curve = 1, ()

    def __init__(self, plane):
        self.plane, self.held = plane, (lambda: plane) if plane.mood == "stuck" else None

    def raw(self, x):
        return self.plane.raw(x)


class Fickle(Learner):
    """Least squares."""

    name, title, view = "fickle", "a plane", "dense"

    def portfolio(self, rows, features, head):
        return ({},)

    def random(self, params):
        return True

    def fit(self, train, valid, job):
        mood = os.environ.get("FICKLE", "") if valid is None else ""
        if mood.startswith("above"):
            _, rows, mood = mood.split(maxsplit=2)
            mood = mood if len(train.x) > int(rows) else ""
        if mood.startswith("odd"):
            mood = mood.removeprefix("odd").strip() if job.seed % 2 else ""
        if mood == "raise":
            raise ValueError("the second fit is too much")
        if mood == "crowded":
            os.environ["FICKLE"] = ""
            raise MemoryError
        if mood == "machine":
            from milepost.errors import MissingExtra

            raise MissingExtra.of("torch", "this plane")
        x = np.column_stack([train.x, np.ones(len(train.x))])
        slopes = np.linalg.lstsq(x, np.reshape(train.y, (len(x), -1)), rcond=None)[0]
        plane = Plane(slopes * np.nan if mood == "blank" else slopes, np.array(train.x), mood)
        return Loose(plane) if mood in ("python", "stuck") else plane


class Slate(Model):
    """What a pupil learnt; its nodes may fail."""

    rounds, curve = 1, ()

    def __init__(self, forest, mood):
        self.forest, self.mood = forest, mood

    def raw(self, x):
        return self.forest.raw(x)

    def emit(self, builder, features):
        if self.mood == "pupil mute":
            raise ValueError("a pupil has no nodes")
        return builder.node("Add", self.forest.emit(builder, features), builder.const(np.float32([[1.0]])))

    def rounded(self):
        return Slate(self.forest.rounded(), self.mood)


class Pupil(type(learners["lightgbm"])):
    """Trees, of which the student's go wrong in some moods."""

    def fit(self, train, valid, job):
        mood = os.environ.get("FICKLE", "") if job.rounds == 300 and job.params["num_leaves"] == 15 else ""
        if mood == "pupil raise":
            raise ValueError("a pupil learns nothing")
        made = super().fit(train, valid, job)
        return Slate(made, mood) if mood in ("pupil mute", "pupil crooked") else made


learners.add(Fickle.name, Fickle())
learners.add(Pupil.name, Pupil())
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
