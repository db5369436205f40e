"""A PyTorch module, or a Keras model on PyTorch, as a learner."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Any, ClassVar, TypeVar

import numpy as np

from milepost.errors import InputError, MissingExtra, UsageError
from milepost.graphs.builder import OPSET, Builder
from milepost.learners import threads
from milepost.learners.base import Array, Batch, Job, Model, Point
from milepost.learners.bring import inlined
from milepost.learners.bring.chance import building
from milepost.learners.bring.training import CHUNK, Training
from milepost.learners.bring.wrapped import Wrapped, add
from milepost.learners.loss import active, constant
from milepost.learners.python import PythonModel
from milepost.modalities.base import View
from milepost.tasks.base import Head

Build = TypeVar("Build", bound=Callable[..., Any])
SAID = 160
"""Characters of what the exporter says."""
_EXPORTING = threading.Lock()
"""The exporter has state of its own."""
_ASKING = threading.Lock()
_known: dict[tuple[str, ...], str] = {}
"""Why modules of these layers have no graph, "" where they have one."""


class TorchModel(PythonModel):
    """A trained module; its nodes are made by PyTorch's exporter when they are asked for.

    Args:
        module: in evaluation mode.
        start: raw scores that are added to its own (outputs,).
        curve: the training curve.
        rounds: epochs.
    """

    features = 0
    """How many it takes; 0 where it has no nodes."""

    def __init__(self, module: Any, start: Array, curve: tuple[Point, ...], rounds: int) -> None:
        self.module, self.start = module, np.asarray(start, np.float32)
        self.curve, self.rounds = curve, rounds

    def raw(self, x: Array) -> Array:
        """Raw scores (rows, outputs), float32."""
        import torch

        with torch.no_grad():
            parts = [
                self.module(torch.from_numpy(np.ascontiguousarray(x[at : at + CHUNK], np.float32))).numpy()
                for at in range(0, max(1, len(x)), CHUNK)
            ]
        return np.asarray(np.concatenate(parts) + self.start, np.float32)

    def emit(self, builder: Builder, features: str) -> str:
        """Adds the module's nodes, or the one node that holds the module where it has none."""
        if not self.features:
            return super().emit(builder, features)
        model = exported(self.module, self.features)
        ((name, _, _),) = inlined.doors(model)
        (raw,) = builder.splice(model, {name: features})
        return builder.node("Add", raw, builder.const(self.start[None, :]))


def exported(module: Any, features: int) -> Any:
    """The module as an ONNX model with any number of rows.

    Raises:
        InputError: an operation of it has no ONNX operator, or holds branches.
    """
    import torch

    class Plain(torch.nn.Module):  # type: ignore[misc]
        """The module with one argument, whatever its own are called."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, x: Any) -> Any:
            return self.inner(x)

    with _EXPORTING, quiet():
        try:
            program = torch.onnx.export(
                Plain().eval(), (torch.zeros(2, features),), dynamo=True, opset_version=OPSET,
                dynamic_shapes=({0: torch.export.Dim("rows")},), verbose=False,
            )  # fmt: skip
        except Exception as problem:  # the exporter's errors have no common base
            cause = problem.__cause__ or problem
            said = (str(cause).strip().splitlines() or [""])[0][:SAID].rstrip(".")
            what = f"PyTorch cannot export it to ONNX: {type(cause).__name__}: {said}."
            raise InputError(what) from problem
    return inlined.fit(program.model_proto, "the module")


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps the exporter's remarks on other packages, and warnings within PyTorch, to itself."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)


def reason(module: Any, features: int) -> str:
    """Why a module has no graph, "" where it has one; modules of the same layers are exported once to see."""
    layers = tuple(f"{type(part).__module__}.{type(part).__qualname__}" for part in module.modules())
    with _ASKING:
        if layers not in _known:
            try:
                exported(module, features)
                _known[layers] = ""
            except InputError as problem:
                _known[layers] = str(problem)
        return _known[layers]


class TorchLearner(Wrapped):
    """A PyTorch module that a plug-in builds, trained by AdamW with early stopping."""

    view: ClassVar[View] = "dense"
    extra: ClassVar[str] = "network"

    def objection(self, rows: int, features: int, head: Head) -> str:  # noqa: ARG002
        """PyTorch is missing."""
        return "" if find_spec("torch") else str(MissingExtra.of("network", f"The learner '{self.name}'"))

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Builds the module and trains it.

        Raises:
            MissingExtra: PyTorch is not installed.
            UsageError: what was built is no module, or gives scores of another shape.
        """
        self.ready()
        train, valid = active(train), None if valid is None else active(valid)
        with threads.torch(job.threads):
            return threads.apart(job.threads, lambda: self._fit(train, valid, job))

    def _fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        params, width = {**self.defaults, **job.params}, train.x.shape[1]
        with building(job.seed):
            module = self.made(width, job.head.width, params)
        start = constant(train, job.head.link, job.head.width)
        training = Training(self.name, module, start, replace(job, params=params), self.call)
        module.eval()
        training.scores(training.torch.zeros(2, width))
        loop = training.run(train, valid)
        model = TorchModel(module, start, loop.curve, max(1, loop.best))
        model.plugin, model.why = self.source, reason(module, width)
        model.features = 0 if model.why else width
        return model

    @staticmethod
    def call(module: Any, x: Any, training: bool) -> Any:  # noqa: ARG004
        """What a module answers to a tensor."""
        return module(x)

    def ready(self) -> None:
        """Loads what building needs, before seeds are set.

        Raises:
            MissingExtra: PyTorch is not installed.
        """
        if find_spec("torch") is None:
            raise MissingExtra.of("network", f"The learner '{self.name}'")

    def made(self, features: int, outputs: int, params: Mapping[str, Any]) -> Any:
        """The module for so many features, raw scores and settings.

        Raises:
            UsageError: it is none.
        """
        import torch

        found = type(self).build(features, outputs, dict(params))
        if not isinstance(found, torch.nn.Module):
            raise UsageError(
                f"the function of '{self.name}' gives a {type(found).__name__}.",
                expected="It returns a torch.nn.Module.",
            )
        return found


class KerasLearner(TorchLearner):
    """A Keras model that a plug-in builds, which on its PyTorch backend is a module."""

    extra: ClassVar[str] = "keras"

    def objection(self, rows: int, features: int, head: Head) -> str:
        """Keras or PyTorch is missing."""
        if find_spec("keras") is None:
            return str(MissingExtra.of("keras", f"The learner '{self.name}'"))
        return super().objection(rows, features, head)

    def ready(self) -> None:
        """Loads Keras on PyTorch.

        Raises:
            MissingExtra: Keras or PyTorch is not installed.
            UsageError: Keras runs on another backend.
        """
        super().ready()
        if find_spec("keras") is None:
            raise MissingExtra.of("keras", f"The learner '{self.name}'")
        os.environ.setdefault("KERAS_BACKEND", "torch")
        import keras

        if keras.backend.backend() != "torch":
            raise UsageError(
                f"Keras runs on {keras.backend.backend()}.",
                expected="PyTorch, from which milepost gets gradients and graph.",
                todo="Set KERAS_BACKEND=torch, or import keras inside of the function that builds.",
            )

    def made(self, features: int, outputs: int, params: Mapping[str, Any]) -> Any:
        """The model, built for so many features."""
        found = super().made(features, outputs, params)
        found.build((None, features))
        return found

    @staticmethod
    def call(module: Any, x: Any, training: bool) -> Any:
        """What a model answers to a tensor."""
        return module(x, training=training)


def from_torch(name: str, **given: Any) -> Callable[[Build], Build]:
    """Makes a learner of a function that builds a PyTorch module.

    The function takes the number of features, the number of raw scores and the settings, and returns a module
    from float features (rows, features) to raw scores (rows, outputs): logits of classes, or standardised
    values. Training, early stopping, seeds, weights and the graph are milepost's.

    Args:
        name: the learner's name.
        given: `space`: the settings that may be searched, the first the one that makes it larger; `title`;
            `view`; `defaults`, also of `learning_rate`, `weight_decay`, `epochs`, `batch`; `loose`: settings
            that turn regularisation off, for `overfit`.
    """
    return partial(_registered, TorchLearner, name, given)


def from_keras(name: str, **given: Any) -> Callable[[Build], Build]:
    """Makes a learner of a function that builds a Keras 3 model; the arguments are those of `from_torch`.

    Keras runs on PyTorch: import it inside of the function, or set KERAS_BACKEND=torch before.
    """
    return partial(_registered, KerasLearner, name, given)


def _registered(kind: type[TorchLearner], name: str, given: Mapping[str, Any], build: Build) -> Build:
    add(kind, build, name, **given)
    return build
