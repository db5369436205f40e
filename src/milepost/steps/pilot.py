"""How many rows the search trains on: short fits on few of them foretell what all would take."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from milepost.digest import digest, numbers_of, plain
from milepost.learners.base import learners
from milepost.report.sentences import count
from milepost.steps.baseline import Findings as Compared
from milepost.steps.portfolio import FAMILIES, Queue
from milepost.steps.prepare import Findings as Prepared
from milepost.steps.sampled import Sampled
from milepost.steps.work import Work
from milepost.training.fit import Config, Fit, train
from milepost.training.material import Material
from milepost.training.pace import SCALED
from milepost.training.subsample import thinned

PART = 0.2
"""Share of the search's time that its first configuration may take on all folds; beyond, rows are drawn."""
CELLS = 100_000_000
"""Training rows times features that are held in memory at once, whatever time there is (0.4 GB a matrix)."""
START, STEP = 20_000, 4
"""Rows of the first pilot, and how many times more the second has."""
QUICK = 0.15
"""The second pilot is begun where it is expected to take at most this share of what a fit may take."""
ROUNDS, WANTED = 30, 20.0
"""Rounds of a pilot of trees; and the rounds, times the learning rate, that a fit should make: in as many
seconds fewer rounds on more rows, and more rounds on fewer rows, were both worse."""
DOUBT = 10.0
"""Without first models no pilot is begun where so many times the seconds that are usual would do."""
STEEP = 0.3
"""Share of a pilot's seconds that grows with the rows, at least; the rest hangs on the rows that judge."""
LEAST = 2_000
VERSION = 1


@dataclass(frozen=True)
class Took:
    """Wall-clock seconds that a fit takes on so many training rows, its matrices included."""

    rows: int
    seconds: float


def sampled(work: Work, data: Material, families: Sequence[str], rows: int | None, until: float) -> Sampled:
    """Decides on how many training rows a fold the search fits.

    Texts and media have learners that plan by themselves for the time there is. Without a clock only the
    settings and memory decide, so that the same seed gives the same package. With one the decision is
    remembered, so that a search that was stopped goes on with the same rows.

    Args:
        work: the running step.
        data: the development rows.
        families: learners to try.
        rows: what the settings ask for; None leaves it to clock and memory.
        until: `time.monotonic()` value at which the search has to end; infinity without a clock.
    """
    of = max(len(fold.train) for fold in data.folds)
    most = min(rows or of, held(work, of))
    if rows is not None or math.isinf(until) or data.recipe.rich:
        return Sampled(most if most < of else 0, of)
    key = digest("sampled", VERSION, data.key, families, round(work.clock.seconds, 1))
    known = work.ledger.rows.last("sampled", key)
    if known is not None:
        return msgspec.convert(numbers_of(known.body, Sampled), Sampled)
    found = _foretold(work, thinned(data, most), families, PART * (until - time.monotonic()), of)
    work.ledger.rows.append("sampled", key, plain(found))
    return found


def held(work: Work, rows: int) -> int:
    """Rows, of so many, whose features are held in memory at once."""
    return min(rows, CELLS // max(1, *work.found("prepare", Prepared).widths.values()))


def _foretold(work: Work, data: Material, families: Sequence[str], seconds: float, of: int) -> Sampled:
    """The rows on which the first configuration takes so many seconds, by pilots on few of them."""
    whole = max(len(fold.train) for fold in data.folds)
    everything = Sampled(whole if whole < of else 0, of)
    queue = Queue(work, data, families, math.inf, None)
    if not queue.waiting:
        return everything
    config = next((c for c in queue.waiting if c.learner == FAMILIES[0]), queue.waiting[0])
    waves = -(-len(data.folds) // work.engine.workers)
    first = beforehand(work, config)
    usual = DOUBT * queue.pace.guess(config) if first is None else first
    if waves * usual <= seconds or whole <= START:
        return everything
    took, makes = pilots(data, config, seconds / waves, work.seed, whole)
    work.say(f"a fit on {count(took[-1].rows)} rows would take {took[-1].seconds:.1f} s", None)
    rows = affordable(took, seconds / waves, whole)
    return Sampled(
        rows=rows if rows < of else 0,
        of=of,
        seconds=foretold(took, of) * waves,
        most=seconds,
        makes=makes,
    )


def beforehand(work: Work, config: Config) -> float | None:
    """Seconds of a fold of `baseline`'s first model of the family; None where it had not all rows or time."""
    if not work.has("baseline"):
        return None
    known = [one for one in work.found("baseline", Compared).answers if one.name == config.learner]
    folds = len(work.array("protocol", "folds"))
    return next((math.inf if one.rows or one.cut else one.seconds / folds for one in known), None)


def pilots(data: Material, config: Config, seconds: float, seed: int, whole: int) -> tuple[list[Took], float]:
    """What fits on few rows took, scaled to the rounds they would make; and the seconds of a row's features.

    Args:
        data: rows and folds.
        config: what is fitted.
        seconds: wall-clock seconds that one fit of the search may take.
        seed: seed of the learner.
        whole: training rows there are.
    """
    rate = config.params.get("learning_rate") if config.learner in SCALED else None
    rounds, times = (ROUNDS, WANTED / rate / ROUNDS) if rate else (None, 1.0)
    took: list[Took] = []
    size, makes = min(START, whole), 0.0
    while len(took) < 2:
        part = thinned(data, size)
        start = time.monotonic()
        prepared = part.prepared(0, learners[config.learner].view)
        makes = time.monotonic() - start
        start = time.monotonic()
        train(prepared, Fit(config, 0, seed, seconds=seconds, rounds=rounds))
        took.append(Took(size, makes + times * (time.monotonic() - start)))
        makes /= size + len(part.folds[0].valid)
        size *= STEP
        if size >= whole or foretold(took, size) > QUICK * times * seconds:
            break
    return took, makes


def foretold(took: Sequence[Took], rows: int) -> float:
    """Seconds on so many rows, on a straight line through the last two pilots, or through one and nothing.

    >>> foretold([Took(10, 2.0), Took(20, 3.0)], 40), foretold([Took(20, 3.0)], 40)
    (5.0, 6.0)
    """
    last, share = took[-1], 1.0
    if len(took) > 1:
        slope = (last.seconds - took[-2].seconds) / (last.rows - took[-2].rows)
        share = min(1.0, max(STEEP, slope * last.rows / last.seconds))
    return last.seconds * (1 - share + share * rows / last.rows)


def affordable(took: Sequence[Took], seconds: float, whole: int) -> int:
    """Rows on which a fit takes at most so many seconds, 2,000 at least and all at most.

    >>> affordable([Took(10_000, 1.0), Took(20_000, 2.0)], 8.0, 1_000_000)
    80000
    """
    if foretold(took, whole) <= seconds:
        return whole
    none, each = foretold(took, 0), foretold(took, 1) - foretold(took, 0)
    rows = int(np.clip((seconds - none) / each, min(LEAST, whole), whole))
    return round(rows, -3) if rows > 10_000 else rows
