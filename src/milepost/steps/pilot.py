"""How many rows the search trains on: a short fit on few of them foretells what all would take."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from milepost.digest import digest, numbers_of, plain
from milepost.learners.base import Batch, learners
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

PART = 0.5
"""Share of the search's time that its first configuration may take on all folds; beyond, rows are drawn."""
CELLS = 100_000_000
"""Training rows times features that are held in memory at once, whatever time there is (0.4 GB a matrix)."""
START = 20_000
"""Training rows of the pilot."""
ROUNDS, WANTED = 30, 20.0
"""Rounds of a pilot of trees; and the rounds, times the learning rate, that a fit should make: in as many
seconds fewer rounds on more rows, and more rounds on fewer rows, were both worse."""
DOUBT = 10.0
"""Without first models no pilot is begun where so many times the seconds that are usual would do."""
FEWER, FLAT = 4, 0.25
"""A second pilot has so many times fewer rows, which tells what a fit takes whatever its rows; what each row
takes is at least this share of what it would take if that were nothing."""
LEAST = 20_000
"""Training rows at least, whatever time there is: fewer fits tell more than fits on so few rows."""
VERSION = 2


@dataclass(frozen=True)
class Rate:
    """What a fit takes, by rows.

    Args:
        makes: wall-clock seconds in which a row becomes features.
        each: wall-clock seconds of a fit for each row that trains.
        fixed: wall-clock seconds that it takes whatever the rows that train.
        judged: rows that judge.
    """

    makes: float
    each: float
    fixed: float
    judged: int

    def seconds(self, rows: int) -> float:
        """Wall-clock seconds of a fit on so many rows, its matrices included.

        >>> round(Rate(1e-6, 1e-5, 0.2, 50_000).seconds(200_000), 6)
        2.45
        """
        return self.makes * (rows + self.judged) + self.each * rows + self.fixed

    def rows(self, seconds: float, most: int) -> int:
        """Rows on which a fit takes at most so many seconds; 20,000 at least, and `most` at most.

        >>> rate = Rate(1e-6, 1e-5, 0.2, 50_000)
        >>> rate.rows(2.45, 1_000_000), rate.rows(2.45, 20_106), rate.rows(0.1, 1_000_000)
        (200000, 20106, 20000)
        """
        left = seconds - self.seconds(0)
        found = int(min(most, max(LEAST, left / max(self.makes + self.each, 1e-12))))
        return min(most, round(found, -3) if 10_000 < found < most else found)


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
    """The rows on which the first configuration takes so many seconds, by a pilot on few of them."""
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
    rate = pilot(data, config, seconds / waves, work.seed)
    rows = rate.rows(seconds / waves, whole)
    work.say(f"a fit on all rows would take {rate.seconds(of) * waves:.1f} s; {count(rows)} train", None)
    return Sampled(
        rows=rows if rows < of else 0,
        of=of,
        seconds=rate.seconds(of) * waves,
        most=seconds,
        makes=rate.makes,
    )


def beforehand(work: Work, config: Config) -> float | None:
    """Seconds of a fold of `baseline`'s first model of the family; None where it had not all rows or time."""
    if not work.has("baseline"):
        return None
    known = [one for one in work.found("baseline", Compared).answers if one.name == config.learner]
    folds = len(work.array("protocol", "folds"))
    return next((math.inf if one.rows or one.cut else one.seconds / folds for one in known), None)


def foretold(work: Work, found: Sampled, data: Material) -> float:
    """Wall-clock seconds that the first configuration takes on all folds; 0 where nothing tells it."""
    if found.rows:
        return found.most
    first = beforehand(work, Config(FAMILIES[0]))
    if first is None or math.isinf(first):
        return found.seconds
    return first * -(-len(data.folds) // work.engine.workers)


def pilot(data: Material, config: Config, seconds: float, seed: int) -> Rate:
    """What a short fit on few rows took, scaled to the rounds that a fit should make.

    Args:
        data: rows and folds.
        config: what is fitted.
        seconds: wall-clock seconds that it may take.
        seed: seed of the learner.
    """
    pace = config.params.get("learning_rate") if config.learner in SCALED else None
    rounds, times = (ROUNDS, WANTED / pace / ROUNDS) if pace else (None, 1.0)
    part = thinned(data, START)
    judged, start = len(part.folds[0].valid), time.monotonic()
    prepared = part.prepared(0, learners[config.learner].view)
    rows, makes = len(prepared.train.y), time.monotonic() - start
    few = replace(prepared, train=_every(prepared.train, FEWER))
    spent = []
    for own in (few, prepared):
        start = time.monotonic()
        train(own, Fit(config, 0, seed, seconds=seconds, rounds=rounds))
        spent.append(times * (time.monotonic() - start))
    each = max((spent[1] - spent[0]) / (rows - len(few.train.y)), FLAT * spent[1] / rows)
    return Rate(makes / (rows + judged), each, max(0.0, spent[1] - each * rows), judged)


def _every(batch: Batch, other: int) -> Batch:
    """One row of so many."""
    weight = None if batch.weight is None else batch.weight[::other]
    return replace(batch, x=batch.x[::other], y=batch.y[::other], weight=weight)
