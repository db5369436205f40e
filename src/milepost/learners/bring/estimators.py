"""A scikit-learn estimator as a learner, its graph by skl2onnx."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any, ClassVar, TypeVar

import numpy as np

from milepost.errors import MilepostError, MissingExtra, UsageError
from milepost.learners import threads
from milepost.learners.base import Array, Batch, Job, Model, Point
from milepost.learners.bring.fitted import Converted, Estimated, Part, converted
from milepost.learners.bring.wrapped import Wrapped, add
from milepost.learners.loss import active, mean_loss
from milepost.modalities.base import View
from milepost.tasks.base import Head

Build = TypeVar("Build", bound=Callable[..., Any])
TRIAL = (500, 1_000)
"""Rows of the two trials from which the time of a fit is foretold."""
FEW = 4_000
"""Rows up to which a fit is not foretold."""
LOOKED = 1_000
"""Rows on which a graph is held against its estimator."""
SAID = 160
"""Characters of what a converter says."""
FAR, SHARE = 1e-3, 0.01
"""A graph whose scores are so far from the estimator's on so many rows is not that of the estimator."""


class SklearnLearner(Wrapped):
    """An estimator that a plug-in builds, one an output where a row has several."""

    view: ClassVar[View] = "dense"
    extra: ClassVar[str] = "sklearn"

    def objection(self, rows: int, features: int, head: Head) -> str:  # noqa: ARG002
        """It answers with classes to a task of numbers, or the other way round."""
        from sklearn.base import is_classifier, is_regressor

        estimator = self.made(dict(self.defaults), Job({}, head))
        number = head.link == "identity"
        if is_regressor(estimator) and not number:
            return "it is a regressor, and the target is a class."
        if is_classifier(estimator) and number:
            return "it is a classifier, and the target is a number."
        if not number and not (
            hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")
        ):
            return "it gives neither probabilities nor decision scores."
        return ""

    def fit(self, train: Batch, valid: Batch | None, job: Job) -> Model:
        """Fits and converts; where there is no graph, or another's, the model is "Python only".

        Raises:
            MilepostError: it would take longer than there is time.
            UsageError: what was built is no estimator.
        """
        train = active(train)
        with threads.blas(job.threads), threads.openmp(job.threads), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._afford(train, job)
            parts = tuple(self._part(train, y, job) for y in _outputs(train.y, job.head))
            model = self._model(parts, train.x, job)
        losses = [
            math.nan if b is None else mean_loss(model.raw(b.x), b, job.head.link) for b in (train, valid)
        ]
        model.curve = (Point(1, *losses),)
        return model

    def made(self, params: Mapping[str, Any], job: Job) -> Any:
        """The estimator of these settings, with the job's seed and threads where it has any.

        Raises:
            UsageError: it is none.
        """
        found = type(self).build(dict(params))
        if not (hasattr(found, "fit") and hasattr(found, "get_params") and hasattr(found, "predict")):
            raise UsageError(
                f"the function of '{self.name}' gives a {type(found).__name__}.",
                expected="It returns a scikit-learn estimator: fit, predict, get_params.",
            )
        given = found.get_params()
        own: dict[str, Any] = {}
        for name in given:
            last = name.rpartition("__")[2]
            if last == "random_state" and given[name] is None:
                own[name] = job.seed
            elif last == "n_jobs":
                own[name] = job.threads
        return found.set_params(**own)

    def _part(self, train: Batch, y: Array, job: Job) -> Part:
        estimator = self.made({**self.defaults, **job.params}, job)
        link = "sigmoid" if job.head.link == "sigmoids" else job.head.link
        width = job.head.width if link == "softmax" else 1
        if link != "identity" and len(np.unique(y)) < 2:
            from sklearn.dummy import DummyClassifier

            estimator = DummyClassifier()  # most classifiers refuse a single class
        _fit(estimator, train.x, y, train.weight, job.seed)
        return Part(estimator, link, width, len(y))

    def _model(self, parts: tuple[Part, ...], x: Array, job: Job) -> Converted | Estimated:
        native = Estimated(parts, "", self.source)
        if find_spec("skl2onnx") is None:
            native.why = str(MissingExtra.of("sklearn", f"The graph of '{self.name}'"))
            return native
        try:
            graphs = tuple(converted(part, x.shape[1]) for part in parts)
            model = Converted(parts, graphs, x.shape[1])
            seen = x[:LOOKED]
            pairs = (job.head.predict(m.raw(seen)) for m in (model, native))
            apart = np.abs(np.subtract(*(np.reshape(p, (len(seen), -1)) for p in pairs))).max(axis=1)
        except Exception as problem:  # a converter may raise anything
            said = (str(getattr(problem, "what", problem)).splitlines() or [type(problem).__name__])[0]
            kind = type(parts[0].estimator).__name__
            native.why = f"skl2onnx cannot convert {kind}: {said[:SAID].rstrip('.')}."
            return native
        unit = np.max(getattr(job.head, "sd", 1.0))
        share = float((~(apart <= FAR * unit)).mean())
        if share > SHARE:
            native.why = f"The graph that skl2onnx makes answers {share:.0%} of the rows otherwise."
            return native
        return model

    def _afford(self, train: Batch, job: Job) -> None:
        """Two small fits foretell a large one, which cannot be stopped once it runs."""
        left = job.deadline - time.monotonic()
        rows = len(train.x)
        if rows <= FEW or not math.isfinite(left):
            return
        outputs = _outputs(train.y, job.head)
        took = []
        for size in TRIAL:
            at = np.random.default_rng(job.seed).permutation(rows)[:size]
            start = time.thread_time()
            estimator = self.made({**self.defaults, **job.params}, job)
            if len(np.unique(outputs[0][at])) < 2:
                return
            _fit(estimator, train.x[at], outputs[0][at], None, job.seed)
            took.append(max(1e-4, time.thread_time() - start))
        power = min(3.0, max(1.0, math.log2(took[1] / took[0])))
        needed = took[1] * (rows / TRIAL[1]) ** power * len(outputs)
        if needed > left:
            raise MilepostError(
                f"'{self.name}' would take about {needed:.0f} seconds on {rows:,} rows.",
                expected=f"There are {max(0.0, left):.0f}, and an estimator cannot be stopped.",
                todo="Give the road more time, or narrow the learner's space to quicker settings.",
            )


def _outputs(y: Array, head: Head) -> list[Array]:
    """What each estimator is to learn (rows,)."""
    if head.link in ("softmax", "sigmoid"):
        return [np.asarray(y, np.int64).ravel()]
    wide = np.asarray(y).reshape(len(y), -1)
    return [
        wide[:, i] if head.link == "identity" else wide[:, i].astype(np.int64) for i in range(wide.shape[1])
    ]


def _fit(estimator: Any, x: Array, y: Array, weight: Array | None, seed: int) -> None:
    """Fits with weights; an estimator that takes none sees rows as often as they weigh."""
    from sklearn.utils.validation import has_fit_parameter

    if weight is None or np.ptp(weight) == 0:
        estimator.fit(x, y)
        return
    last = estimator.steps[-1] if hasattr(estimator, "steps") else ("", estimator)
    if has_fit_parameter(last[1], "sample_weight"):
        name = f"{last[0]}__sample_weight" if last[0] else "sample_weight"
        estimator.fit(x, y, **{name: np.asarray(weight, np.float64)})
        return
    share = np.asarray(weight, np.float64) / np.sum(weight)
    rows = np.random.default_rng(seed).choice(len(y), len(y), p=share)
    estimator.fit(x[rows], y[rows])


def from_sklearn(name: str, **given: Any) -> Callable[[Build], Build]:
    """Makes a learner of a function that builds a scikit-learn estimator from the settings.

    Seeds, threads and row weights are set where the estimator has them; one that takes no weights sees rows
    as often as they weigh. Several labels or targets have an estimator each.

    Args:
        name: the learner's name.
        given: `space`: the settings that may be searched, the first the one that makes it larger; `title`;
            `view`: "dense" where not given, "trees" for numbers as they are; `defaults`; `loose`.
    """
    return partial(_registered, name, given)


def _registered(name: str, given: Mapping[str, Any], build: Build) -> Build:
    add(SklearnLearner, build, name, **given)
    return build
