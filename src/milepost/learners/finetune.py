"""Fine-tuning of the last blocks of a pretrained network for images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import ClassVar

from milepost.errors import MissingExtra
from milepost.graphs.builder import Builder
from milepost.learners import late, threads
from milepost.learners.base import Array, Batch, Job, Learner, Model, Params, Point, learners
from milepost.learners.graphmodel import GraphModel
from milepost.learners.loss import active
from milepost.learners.space import Knob, Space
from milepost.learners.tuner import Tuner
from milepost.modalities.base import View
from milepost.tasks.base import Head

FEWEST = 500
"""With fewer rows a linear probe is hard to beat, and a million weights learn them by heart."""
DEFAULTS: Params = {
    "blocks": 1, "epochs": 8, "learning_rate": 5e-5, "mixup": 0.0,
    "dropout": 0.0, "hold": 300.0, "batch": 32, "half": True,
}  # fmt: skip
PORTFOLIO: tuple[Params, ...] = (
    {"blocks": 1, "epochs": 8},
    {"blocks": 4, "epochs": 8},
)


@dataclass(frozen=True)
class Tuned(GraphModel):
    """Fine-tuned last blocks with their linear layer, as plain arrays.

    Args:
        form: their form.
        layers: weight and bias of each layer, by name.
        rounds: the probe, and the epochs after it.
        curve: the training curve; its first point is the probe.
        short: whether the clock ended the training.
    """

    form: late.LateForm
    layers: Mapping[str, tuple[Array, Array]]
    rounds: int
    curve: tuple[Point, ...]
    short: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Features in, raw scores out."""
        return sum(block.width for block in self.form.blocks) + len(self.form.columns), self.form.outputs

    def emit(self, builder: Builder, features: str) -> str:
        """Adds the last blocks and the linear layer."""
        return late.emit(builder, features, self.form, self.layers)


class FineTune(Learner):
    """Linear probing, then fine-tuning of the last blocks (LP-FT, Kumar et al. 2022).

    The blocks before it are a frozen stage whose answers are kept, so that training does not run them again.
    """

    name: ClassVar[str] = "finetune"
    title: ClassVar[str] = "fine-tuned last blocks of a pretrained network"
    view: ClassVar[View] = "maps"
    extra: ClassVar[str] = "network"
    needs: ClassVar[frozenset[str]] = frozenset({"image"})
    capacity: ClassVar[str] = "blocks"
    version: ClassVar[int] = 2
    defaults: ClassVar[Params] = DEFAULTS

    def objection(self, rows: int, features: int, head: Head) -> str:  # noqa: ARG002
        """PyTorch is missing, or rows are too few."""
        if find_spec("torch") is None:
            return str(MissingExtra.of("network", "Fine-tuning"))
        if rows < FEWEST:
            return f"Fine-tuning needs more than {rows} rows; {FEWEST} at least."
        return ""

    def portfolio(self, rows: int, features: int, head: Head) -> tuple[Params, ...]:  # noqa: ARG002
        """The last block, then the last four."""
        return PORTFOLIO

    def space(self, rows: int, features: int, head: Head) -> Space:  # noqa: ARG002
        """How far and how fast it goes, and what keeps it from learning by heart."""
        return (
            Knob("blocks", 1, 4, whole=True),
            Knob("epochs", 2, 24, log=True, whole=True),
            Knob("learning_rate", 1e-5, 1e-3, log=True),
            Knob("mixup", 0.0, 1.0),
            Knob("dropout", 0.0, 0.5),
            Knob("hold", 10.0, 10_000.0, log=True),
        )

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Fits a linear probe, its first round, then trains by epochs and keeps the best round's weights."""
        if find_spec("torch") is None:
            raise MissingExtra.of("network", "Fine-tuning")
        train, valid = active(train), None if valid is None else active(valid)
        with threads.torch(1):
            tuner = Tuner(train, valid, {**DEFAULTS, **job.params}, job)
            net, loop = tuner.run()
            return Tuned(net.form, net.arrays(), loop.best, loop.curve, tuner.short)


learners.add(FineTune.name, FineTune())
