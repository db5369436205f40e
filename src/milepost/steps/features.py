"""Feature work of `tune`: numbers made of the columns, kept only where a paired test agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from milepost.data.candidates import FAMILIES
from milepost.digest import digest, numbers_of, plain
from milepost.learners.base import learners
from milepost.modalities.made import title
from milepost.report.blocks import Block, Details, Table, Text
from milepost.report.sentences import chance, duration, listed, percent, plural
from milepost.statistics.compare import holm
from milepost.statistics.comparison import Comparison, student
from milepost.steps.crafted import Features, Gain, Judged, fields_of
from milepost.steps.duel import Court
from milepost.steps.first import court_of
from milepost.steps.material import memory
from milepost.steps.work import Work
from milepost.training.evaluate import Evaluated
from milepost.training.features import (
    ADDITIVE,
    FEWER,
    ROWS,
    Attempt,
    Bench,
    Proposed,
    attempt,
    made,
    proposals,
)
from milepost.training.fit import Config
from milepost.training.material import Material

QUICK = ("lightgbm", "linear")
"""Learners that judge: one that can make a ratio of steps, and one that cannot."""
SHARE = 0.13
"""Share of the search's time that feature work may take."""
PARTS = 4
"""How many times the first model's fits all of it is expected to take, at least."""
LEAST = 200
"""Judged rows below which no gain that features bring could be told from luck."""
LEVEL = 0.05
"""Probability that features are kept where none is of use, over all families."""
VERSION = 1
Array = np.ndarray[Any, Any]


def featured(work: Work, data: Material, timed: bool, first: float = 0.0) -> tuple[Material, Features]:
    """The rows with the features that are worth it, and what was tried.

    What was decided is remembered with the rows, so that a search that was stopped goes on with the same
    columns. Each family is a look at validation rows.

    Args:
        work: the running step.
        data: rows, recipe and folds.
        timed: whether the clock bounds it; not where trials are counted, so that the same seed decides
            alike on every machine.
        first: wall-clock seconds that the first model's fits are known to take; 0: nothing is known.
    """
    key = digest("features", VERSION, data.key, timed)
    known = work.ledger.rows.last("features", key)
    if known is not None:
        found = msgspec.convert(numbers_of(known.body, Features), Features)
    else:
        try:
            found = _tried(work, data, timed, first)
        except Exception as problem:  # the search is to tell of models that cannot be fitted, and goes on
            found = Features(why=f"a model that judges them failed ({type(problem).__name__}: {problem}).")
        work.ledger.rows.append("features", key, plain(found))
    return made(data, fields_of(data.recipe, found)), found


def _tried(work: Work, data: Material, timed: bool, known: float) -> Features:
    """Proposes, tries and tests."""
    part = replace(data, folds=tuple(fold for fold in data.folds if fold.repeat == 0))
    if len(np.unique(part.scored)) < LEAST:
        return Features(why=f"fewer than {LEAST} rows judge, too few to tell what features gain.")
    if data.recipe.rich:
        return Features(why="texts and media have features of their own.")
    seconds = SHARE * work.clock.seconds if timed else float("inf")
    late = Features(
        why=f"trying them would take more than the {duration(seconds)} that feature work may take here."
    )
    most = _rows(part, known, seconds)
    if not most:
        return late
    work.say("trying features made of the columns", None)
    lanes = max(1, min(work.engine.workers, len(part.folds)))
    each = seconds * lanes / (len(QUICK) * len(part.folds))
    bench = Bench(part, configs(part), work.engine, None, memory(work), each, most)
    (first,) = replace(bench, configs=bench.configs[:1]).run(part)
    if first.cut or PARTS * first.seconds / lanes > seconds:
        return late
    bench = replace(bench, rounds=first.rounds)
    base = based(bench)
    took, cut = sum(one.seconds for one in base) / lanes, any(one.cut for one in base)
    if cut or 2 * took > seconds:  # columns are ranked only where one family at least can be tried
        return late
    families, skipped = _affordable(proposals(bench), seconds / took - 1)
    attempts = [attempt(bench, base, name, fields) for name, fields in families.items()]
    found = judged(court_of(work, part), base[1:], attempts)
    truth = part.truth[part.scored]
    for one, tried in zip(found, attempts, strict=True):
        loss = float(part.task.losses(truth, tried.predictions[0]).mean())
        names = [title(kind, columns) for kind, columns in one.made]
        work.ledger.look("features", one.family, {"loss": loss, "made": names, "rows": data.key})
    return Features(tuple(found), f"there was no time to try {listed(skipped)}." if skipped else "")


def _rows(data: Material, known: float, seconds: float) -> int:
    """Training rows of a fold at most with which it ends in time, as far as is known; 0 where it does not."""
    size = float(np.mean([len(fold.train) for fold in data.folds]))
    return next((most for most in (ROWS, FEWER) if PARTS * known * min(1.0, most / size) <= seconds), 0)


def _affordable(
    families: Mapping[str, Proposed], most: float
) -> tuple[Mapping[str, Proposed], tuple[str, ...]]:
    """The first families, one at least, as many as there is time for, and the names of the others."""
    names = [*families]
    number = len(names) if most >= len(names) else max(1, int(most))
    return {name: families[name] for name in names[:number]}, tuple(names[number:])


def based(bench: Bench) -> tuple[Evaluated, ...]:
    """The additive model and the quick models without features; the bench says for how many rounds.

    These are chosen by the trees' first configuration, which the search tries anyway.
    """
    (additive,) = replace(bench, configs=(ADDITIVE,), rounds=None).run(bench.data)
    return (additive, *bench.run(bench.data))


def configs(data: Material) -> tuple[Config, ...]:
    """The first configuration of each quick learner."""
    size, head = len(data.folds[0].train), data.task.head(data.truth[data.folds[0].train])
    width = len(data.recipe.schema.inputs)
    return tuple(Config(name, learners[name].portfolio(size, width, head)[0]) for name in QUICK)


def judged(court: Court, base: Sequence[Evaluated], attempts: Sequence[Attempt]) -> list[Judged]:
    """Tests every family by every quick model, all together corrected by Holm's method.

    A family is kept where one model surely gains and the first, the trees, does not lose.
    """
    tests = [
        [_test(court, one.predictions[i], base[i].prediction) for i in range(len(base))] for one in attempts
    ]
    flat: Array = np.asarray(holm([test.p for row in tests for test in row]) if tests else [], np.float64)
    whole = [max(float(court.losses(one.prediction).mean()), 1e-300) for one in base]
    found = []
    for one, row, p in zip(attempts, tests, flat.reshape(len(tests), len(base)), strict=True):
        fields = tuple((field.modality, field.names) for field in one.fields)
        gains = tuple(
            Gain(b.config.learner, t.gain / w, t.interval.low / w, t.interval.high / w, float(at))
            for b, t, w, at in zip(base, row, whole, p, strict=True)
        )
        sure = any(gain.gain > 0 and gain.p < LEVEL for gain in gains)
        kept = bool(fields) and not one.cut and sure and gains[0].gain >= 0
        found.append(Judged(one.family, one.proposed, fields, gains, kept))
    return found


def _test(court: Court, mine: Array, theirs: Array) -> Comparison:
    """The paired test; where neither half named any feature both are the same, and nothing is shown.

    It is not widened for overlapping training rows, as a test against a constant is: features of no use make
    a model a little worse, so that noise passes more seldom than the level says, not more often.
    """
    if np.array_equal(mine, theirs):
        return student(0.0, 1.0, 1, 0.0, "no feature was named")
    return replace(court, folds=None).compare(mine, theirs)


def told(found: Features) -> list[Block]:
    """What was made of the columns and what it gained, for the report."""
    if not found.judged:
        return [Text(f"No features were made of the columns: {found.why}")] if found.why else []
    kept = [title(kind, names) for kind, names in found.kept]
    if kept:
        best = [min(one.gains, key=lambda gain: gain.p) for one in found.judged if one.kept]
        gains = [
            f"{percent(g.gain)} of the loss of the {learners[g.learner].title} "
            f"({percent(g.low)} to {percent(g.high)}, {chance(g.p)})"
            for g in best
        ]
        said = f"Made of the columns and kept: {listed(kept)}. That takes off {listed(gains)}."
    else:
        said = "Features made of the columns were tried; none gained enough to be kept."
    if found.why:
        said += f" Beside that {found.why}"
    head = ("family", "proposed", "named", "judge", "gain in the loss", "95 % interval", "p", "kept")
    rows = tuple(
        (
            f"{one.family}: {FAMILIES[one.family]}",
            str(one.proposed),
            listed([title(kind, names) for kind, names in one.made]) if one.made else "none",
            gain.learner,
            percent(gain.gain),
            f"{percent(gain.low)} to {percent(gain.high)}",
            f"{gain.p:.2g}",
            "yes" if one.kept else "no",
        )
        for one in found.judged
        for gain in one.gains
    )
    proposed = plural(sum(one.proposed for one in found.judged), "proposal")
    method = (
        f"Each half of the folds named features, of {proposed}, by what an additive model left unexplained "
        "there; the other half judged them by paired tests, corrected for their number (Holm). No row judges "
        "what it helped to propose or to name. A family is kept where one model surely gains and the trees "
        "do not lose."
    )
    more = (Table(head, rows, "Made features"), Text(method))
    return [Text(said), Details("Features that were tried", more)]
