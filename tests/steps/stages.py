"""A project carried to the end of `final` by one small model: what comes after is tested in seconds."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import numpy as np
import polars as pl

from milepost import Project
from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.digest import plain
from milepost.learners.base import Job, learners
from milepost.ledger import Evidence, now
from milepost.steps import proof
from milepost.steps.baseline import Findings as Compared
from milepost.steps.clock import Clock
from milepost.steps.collect import Findings as Collected
from milepost.steps.final import Findings as Final
from milepost.steps.frame import Findings as Framed
from milepost.steps.material import material
from milepost.steps.measure import Findings as Measured
from milepost.steps.prepare import Findings as Prepared
from milepost.steps.protocol import Findings as Protocol
from milepost.steps.tune import Findings as Tuned
from milepost.steps.tune import Tried
from milepost.steps.work import Talk, Work
from milepost.tasks.infer import infer
from milepost.training.assemble import Assembly, Member
from milepost.training.fit import Config, Fit, run
from milepost.training.material import Material

TARGETS = {
    "binary": "late", "multiclass": "grade", "multilabel": "tags", "regression": "amount",
    "vector": "amount,weight",
}  # fmt: skip
EVERY = {name for targets in TARGETS.values() for name in targets.split(",")}
CUTS = {"binary": 0.3, "multilabel": (0.3, 0.4, 0.2)}


def blank(kind: type, **values: Any) -> Any:
    """Findings of a kind: what is not said is empty."""
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        hint = str(hints[field.name])
        empty: Any = None if "None" in hint else () if "tuple" in hint else {} if "apping" in hint else ""
        if hints[field.name] in (int, float, bool):
            empty = hints[field.name]()
        elif dataclasses.is_dataclass(hints[field.name]) and field.name not in values:
            empty = blank(hints[field.name])
        values.setdefault(field.name, {} if "dict" in hint else empty)
    return kind(**{field.name: values[field.name] for field in dataclasses.fields(kind)})


def shop(rows: int = 500, seed: int = 0) -> pl.DataFrame:
    """Rows with numbers, categories, moments, days and four targets that hang on age and kind."""
    rng = np.random.default_rng(seed)
    age, kind = rng.uniform(18, 80, rows).round(1), rng.choice(["a", "b", "Zürich"], rows)
    score = (age - 50) / 12 + 1.6 * (kind == "a") + rng.normal(0, 1, rows)
    days = np.sort(rng.integers(0, 60, rows))
    return pl.DataFrame(
        {
            "id": [f"k{i}" for i in range(rows)],
            "day": [date(2024, 1, 1) + timedelta(int(d)) for d in days],
            "age": pl.Series(age).set(pl.Series(rng.random(rows) < 0.1), None),
            "kind": kind,
            "sex": rng.choice(["f", "m"], rows),
            "since": [datetime(2020, 1, 1) + timedelta(hours=int(h)) for h in rng.integers(0, 30_000, rows)],
            "bill": rng.uniform(1, 9, rows),
            "late": (score > 1.2).astype(int),
            "grade": pl.Series(np.digitize(score, [-0.5, 0.8])).replace_strict([0, 1, 2], ["C", "B", "A"]),
            "tags": [
                ";".join(name for name, on in zip(("big", "late", "rush"), row, strict=True) if on)
                for row in np.column_stack([score > 0, score > 1.2, (score < -0.5) ^ (kind == "b")])
            ],
            "amount": score * 10,
            "weight": age + score,
        }
    )


def assembled(data: Material, tried: Tried) -> Assembly:
    """One member fitted on all rows."""
    learner = learners[tried.learner]
    prepared = data.prepared(-1, learner.view)
    model = learner.fit(prepared.train, None, Job(tried.params, prepared.head, rounds=tried.rounds))
    member = Member(Config(tried.learner, tried.params), 1.0, prepared.transform, prepared.head, model)
    return Assembly(data.task, data.recipe.schema, [member], ["identity"])


class Stage:
    """Evidence up to `final`: real folds, predictions, graph and golden rows of one small model."""

    def __init__(self, folder: Path, task: str, learner: str = "linear") -> None:
        chosen = TARGETS[task].split(",")
        table = shop().drop(EVERY - set(chosen))
        self.project = Project.new(folder, table, TARGETS[task], task=task, budget="5s")
        self.task, _ = infer(table.select(chosen), task, "1" if task == "binary" else "")
        roles = {"bill": {"role": "ignored"}, "day": {"role": "ignored"}}
        schema = infer_schema(table, chosen, roles, keys=["id"])
        self.evidence: dict[str, Evidence] = {}
        order = np.random.default_rng(1).permutation(table.height)
        self.development, test = table[np.sort(order[:400])], table[np.sort(order[400:])]
        self._begin(schema, test)
        data = material(self.work("tune"))
        config = Config(learner, learners[learner].portfolio(400, 8, data.task.head(data.truth))[0])
        fitted = [run(data, Fit(config, fold, seconds=20.0)) for fold in range(3)]
        tried = blank(
            Tried, name=config.name, learner=learner, params=dict(config.params), rounds=fitted[0].rounds,
            weight=1.0,
        )  # fmt: skip
        cut = CUTS.get(task)
        end = cut if task == "binary" else None
        metric = {"binary": "roc_auc", "multiclass": "log_loss", "multilabel": "macro_average_precision"}.get(
            task, "rmse"
        )
        tuned = blank(
            Tuned, tried=(tried,), metric=metric, form=["identity"], threshold=cut, threshold_low=end,
            threshold_high=end, threshold_why="a test",
        )  # fmt: skip
        self.keep("tune", tuned, prediction=np.concatenate([one.prediction for one in fitted]))
        self._final(data, tuned, test)

    def _begin(self, schema: Any, test: pl.DataFrame) -> None:
        facts = Recipe.of(self.development, schema).facts
        fold, units = np.arange(400) % 3, np.arange(400)
        packed = np.where(fold == np.arange(3)[:, None], 2, 1).astype(np.int8)
        self.keep("frame", blank(Framed, task=self.task.plain(), hypotheses=("It can be.", "It is enough.")))
        rows = {"development": self.development, "test": test, "groups": units}
        self.keep("collect", blank(Collected, digest="rows"), **rows)
        self.keep("understand", blank(Measured))
        self.keep("measure", blank(Measured))
        known = {name: vars(value) for name, value in facts.items()}
        self.keep("prepare", blank(Prepared, schema=tuple(schema.plain()), facts=known))
        self.keep("protocol", blank(Protocol, repeat_of=(0, 0, 0)), folds=packed, units=units)
        self.keep("baseline", blank(Compared, beats=True, supported="supported", evidence="It beats it."))

    def _final(self, data: Any, tuned: Any, test: pl.DataFrame) -> None:
        model = assembled(data, tuned.tried[0])
        truth, prediction = data.task.encode(test.select(data.task.targets)), model.predict(test)
        columns, golden = proof.rows(data.frame, model.schema, 60, 0)
        found = blank(
            Final, metric=tuned.metric, score=0.9, score_low=0.8, score_high=0.95, naive=0.5, rows=len(truth),
            verdict="as expected", openings=1,
        )  # fmt: skip
        things: dict[str, Any] = {
            "truth": np.asarray(truth),
            "prediction": np.asarray(prediction),
            "graph": model.graph().SerializeToString(deterministic=True),
            "scale": np.std(data.truth, axis=0).tolist(),
            "golden": {"columns": [msgspec.to_builtins(c) for c in columns], "rows": golden},
            "golden answers": model.predict(proof.raw(columns, golden)),
        }
        self.keep("final", found, **things)

    def keep(self, step: str, findings: Any, **things: Any) -> Evidence:
        """Records evidence of a step with what it keeps."""
        kept = {name: self.work(step).keep(thing) for name, thing in things.items()}
        known = (step, 1, f"key of {step}", {}, {}, plain(findings), kept, "passed", f"{step} passed.")
        self.evidence[step] = self.project.ledger.record(Evidence(*known, "ada", now(), 0.1))
        return self.evidence[step]

    def work(self, step: str, yes: bool = True, **brief: Any) -> Work:
        """A running step's surroundings, with keys of the brief changed."""
        road = self.project.road
        changed = road.brief.changed({key.replace("__", "."): value for key, value in brief.items()})
        talk, clock = Talk(yes=yes, by="ada"), Clock(20.0, 20.0)
        stores = (self.project.folder, changed, self.project.ledger, self.project.blobs, road.engine, clock)
        return Work(step, *stores, dict(self.evidence), {}, talk)
