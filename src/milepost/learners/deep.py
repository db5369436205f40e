"""The common network: a body for each signal of a row, its other features beside them, one last layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import ClassVar

from milepost.errors import MissingExtra
from milepost.graphs.builder import Builder
from milepost.learners import threads
from milepost.learners.base import Array, Batch, Job, Learner, Model, Params, Point, learners
from milepost.learners.bodies import Form, forward
from milepost.learners.deeptrainer import Trainer
from milepost.learners.graphmodel import GraphModel
from milepost.learners.graphops import GraphOps
from milepost.learners.loss import active
from milepost.learners.space import Knob, Space
from milepost.modalities.base import View
from milepost.tasks.base import Head

FEWEST = 200
"""With fewer rows a network that begins from nothing learns them by heart and little else."""
MOST_CELLS = 2_000_000_000
"""Rows times features that are held in memory at once: eight gigabytes."""
DEFAULTS: Params = {
    "channels": 32, "depth": 1, "width": 128, "embedding": 8,
    "dropout": 0.2, "weight_decay": 0.05, "learning_rate": 0.005,
    "augment": 1.0, "flip": False, "half": True,
}  # fmt: skip
PORTFOLIO: tuple[Params, ...] = (
    {"channels": 16, "depth": 1, "flip": True, "augment": 0.5},
    {"channels": 24, "depth": 1, "learning_rate": 0.004},
    {"channels": 32, "depth": 2, "dropout": 0.3, "augment": 0.5, "learning_rate": 0.003},
)


@dataclass(frozen=True)
class Deep(GraphModel):
    """A fitted network as plain arrays; it answers by its own graph, so that torch is not needed.

    Args:
        form: its form.
        weights: weight and bias of each layer, and tables, by name.
        rounds: epochs.
        curve: the training curve.
        learnt: what a later fit may begin from; empty where that was not asked for.
        short: whether the clock ended the training.
    """

    form: Form
    weights: Mapping[str, tuple[Array, ...]]
    rounds: int
    curve: tuple[Point, ...]
    learnt: bytes = b""
    short: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Features in, raw scores out."""
        return sum(block.width for block in self.form.blocks) + len(self.form.columns), self.form.outputs

    def emit(self, builder: Builder, features: str) -> str:
        """Adds its nodes, batch normalisation folded into the convolutions."""
        return forward(GraphOps(builder, features, self.weights), self.form)


class DeepNetwork(Learner):
    """Convolutions over bytes, pixels and spectrograms, trained from nothing beside all other features.

    Pixels and spectrograms go through a small residual network, bytes through an embedding and convolutions
    along the text; what the bodies find and what `Encoder` makes of the other columns meet in one layer.
    """

    name: ClassVar[str] = "deep"
    title: ClassVar[str] = "deep network"
    view: ClassVar[View] = "signals"
    extra: ClassVar[str] = "network"
    needs: ClassVar[frozenset[str]] = frozenset({"text", "image", "sound"})
    capacity: ClassVar[str] = "channels"
    warm: ClassVar[bool] = True
    version: ClassVar[int] = 3
    defaults: ClassVar[Params] = DEFAULTS

    def objection(self, rows: int, features: int, head: Head) -> str:  # noqa: ARG002
        """PyTorch is missing, rows are too few, or too many to be held at once."""
        if find_spec("torch") is None:
            return str(MissingExtra.of("network", "A deep network"))
        if rows < FEWEST:
            return f"A deep network that begins from nothing needs more than {rows} rows; {FEWEST} at least."
        if rows * features > MOST_CELLS:
            return f"A deep network would hold {rows:,} rows of {features:,} features in memory at once."
        return ""

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """A light form first, then larger ones with other augmentation; large signals get fewer channels."""
        share = 1.0 if features <= 4_096 else 0.5
        sized = [{**params, "channels": int(share * int(params["channels"]))} for params in PORTFOLIO]
        return tuple(sized if rows >= 2_000 else sized[:2])

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """Form, regularisation and augmentation."""
        return (
            Knob("channels", 8, 64, log=True, whole=True),
            Knob("depth", 0, 3, whole=True),
            Knob("width", 32, 256, log=True, whole=True),
            Knob("dropout", 0.0, 0.5),
            Knob("weight_decay", 1e-3, 0.5, log=True),
            Knob("learning_rate", 1e-3, 2e-2, log=True),
            Knob("augment", 0.0, 2.0),
            Knob("flip", values=(False, True)),
        )

    def ladder(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """More channels, deeper and longer at each rung, no regularisation."""
        free = {"dropout": 0.0, "weight_decay": 0.0, "augment": 0.0, "learning_rate": 0.003}
        rungs = ((2, 0, 4), (4, 1, 8), (8, 1, 12), (16, 1, 20), (32, 2, 30))
        return tuple({**free, "channels": c, "depth": d, "epochs": e} for c, d, e in rungs)

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Trains epoch by epoch along one cycle that ends in time and keeps the weights of the best epoch."""
        if find_spec("torch") is None:
            raise MissingExtra.of("network", "A deep network")
        train, valid = active(train), None if valid is None else active(valid)
        with threads.torch(1):
            trainer = Trainer(train, valid, {**DEFAULTS, **job.params}, job)
            net, loop = trainer.run()
            form = replace(net.form, encoder=net.learnt())
            left = trainer.left() if job.leave else b""
            return Deep(form, net.fold(), loop.best, loop.curve, left, trainer.short)


learners.add(DeepNetwork.name, DeepNetwork())
