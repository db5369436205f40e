"""What the search found, as it stands when members of the ensemble could not be fitted again."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from milepost import metrics
from milepost.digest import Digest, numbers_of, plain
from milepost.report.sentences import listed
from milepost.steps.fits import Refitted, members
from milepost.steps.jury import Jury
from milepost.steps.lost import gone, rest
from milepost.steps.points import WHOLE, Point, Scales, priced
from milepost.steps.refit import refit
from milepost.steps.search import Findings as Tuned
from milepost.steps.work import Work
from milepost.training.assemble import Assembly
from milepost.training.calibrate import apply
from milepost.training.ensemble import Library, blend
from milepost.training.evaluate import narrow
from milepost.training.material import Material
from milepost.training.polish import Rows, propose

Array = np.ndarray[Any, Any]
STANDING, VALIDATION = "standing", "validation"
"""What `final` keeps of findings and out-of-fold predictions where members were left out."""


@dataclass(frozen=True)
class Standing:
    """What is judged and ships.

    Args:
        tuned: what the search found, of the members that are left.
        fitted: these, fitted on all development rows.
        validation: their calibrated out-of-fold predictions.
        mixed: the same, not calibrated.
    """

    tuned: Tuned
    fitted: Refitted
    validation: Array
    mixed: Array

    def kept(self, work: Work) -> dict[str, Digest]:
        """What the steps below need to know of it; nothing where all members are there."""
        if not gone(self.fitted.lost):
            return {}
        return {STANDING: work.keep(plain(self.tuned)), VALIDATION: work.keep(narrow(self.validation))}


def standing(work: Work) -> Tuned:
    """What the search found, for a step below `final`: without members that were left out there."""
    if not _less(work, STANDING):
        return work.found("tune", Tuned)
    return msgspec.convert(numbers_of(work.json("final", STANDING), Tuned), Tuned, strict=False)


def source(work: Work) -> tuple[str, str]:
    """The step that kept calibrated out-of-fold predictions of what ships, and what it called them."""
    return ("final", VALIDATION) if _less(work, VALIDATION) else ("tune", "prediction")


def validation(work: Work) -> Array:
    """Calibrated out-of-fold predictions of what ships, as far as is known in this step."""
    return np.asarray(work.array(*source(work)), dtype=np.float64)


def _less(work: Work, name: str) -> bool:
    return work.has("final") and name in work.evidence["final"].artifacts


def fitted(work: Work, data: Material, tuned: Tuned) -> Standing:
    """The members fitted on all development rows; those that cannot be are left out.

    Raises:
        MilepostError: not a single member can be fitted.
    """
    found = refit(work, data, tuned)
    mixed = np.asarray(work.array("tune", "raw"), np.float64)
    made = Standing(tuned, found, validation(work), mixed)
    return left(work, data, made, gone(found.lost)) if gone(found.lost) else made


def left(work: Work, data: Material, found: Standing, names: Collection[str]) -> Standing:
    """What stands without some members, or seeds of members, that the fitted model does not hold any more.

    Args:
        work: the running step.
        data: the development rows.
        found: what stood.
        names: members of which no seed is left; where there are none only seeds went.
    """
    tuned, said, mixed = found.tuned, found.validation, found.mixed
    if names:
        work.say(f"going on without {listed(sorted(names))}")
        tuned, said, mixed = without(work, data, tuned, names)
    model = _reduced(found.fitted.model, tuned)
    return Standing(tuned, replace(found.fitted, model=model), said, mixed)


def _reduced(model: Assembly, tuned: Tuned) -> Assembly:
    """The model with the members that stand only, seeds sharing a weight, and their calibrator."""
    weights = {t.name: t.weight for t in members(tuned)}
    kept = [m for m in model.members if m.config.name in weights]
    shares = {name: sum(m.weight for m in kept if m.config.name == name) for name in weights}
    made = [replace(m, weight=m.weight / shares[m.config.name] * weights[m.config.name]) for m in kept]
    form: Any = tuned.form
    return replace(model, members=made, form=form)


def without(work: Work, data: Material, tuned: Tuned, names: Collection[str]) -> tuple[Tuned, Array, Array]:
    """The findings of the search without some members of what ships, and predictions of the rest.

    These are out of fold, once calibrated and once not.

    The others share the weight. Calibrator and threshold are chosen anew from out-of-fold predictions, and
    scores move by as much as the calibrated out-of-fold score does, errors by how much its own one grows.
    Points of the frontier that hold such a member are left out, but for what ships, and the others are priced
    anew.

    Args:
        work: the running step.
        data: the development rows.
        tuned: what the search found.
        names: the members to leave out, but not all.
    """
    jury = Jury(work, data, metrics.get(tuned.metric))
    before = {t.name: t.weight for t in members(tuned)}
    after = rest(before, names)
    was = jury.calibrated(_mixed(work, before))[1]
    mixed = _mixed(work, after)
    calibrated, shown = jury.calibrated(mixed)
    said = apply(calibrated.form, mixed)
    by = jury.score(shown) - jury.score(was)
    grown = jury.error(shown) / max(jury.error(was), 1e-300)
    grown = grown if math.isfinite(grown) and grown > 0 else 1.0
    cut = propose(
        work.brief.value, data.task, said, jury.truth, Rows(data.frame[data.scored], jury.units, jury.weight),
        work.seed,
    )  # fmt: skip
    center = tuned.corrected + by
    made = replace(
        tuned,
        tried=tuple(replace(t, weight=after.get(t.name, 0.0)) for t in tuned.tried),
        naive=tuned.naive + by,
        corrected=center,
        low=center + grown * (tuned.low - tuned.corrected),
        high=center + grown * (tuned.high - tuned.corrected),
        error=grown * tuned.error,
        spread=grown * tuned.spread,
        fold_scores=jury.by_fold(shown),
        form=list(calibrated.form),
        calibrator=calibrated.why,
        threshold=cut.value,
        threshold_low=cut.low,
        threshold_high=cut.high,
        threshold_why=cut.why,
        threshold_flat=tuple(cut.flat or ()),
        threshold_note=cut.note,
        points=_points(work, jury, tuned, names),
    )
    return made, said, mixed


def _mixed(work: Work, weights: Mapping[str, float]) -> Array:
    """The out-of-fold predictions of a blend, not calibrated."""
    shown = [work.array("tune", f"prediction:{name}").astype(np.float64) for name in weights]
    return blend(shown, np.array(list(weights.values())))


def _points(work: Work, jury: Jury, tuned: Tuned, names: Collection[str]) -> tuple[Point, ...]:
    """What could ship without some members, priced against what is now the whole ensemble."""
    kept = [p for p in tuned.points if p.name in (WHOLE, tuned.point) or not set(p.weights) & set(names)]
    if not kept:
        return ()
    parts = [rest(p.weights, names) if p.name == tuned.point else dict(p.weights) for p in kept]
    every = list(dict.fromkeys(name for part in parts for name in part))
    shown = [work.array("tune", f"prediction:{name}").astype(np.float64) for name in every]
    scales = Scales(
        jury.metric,
        Library(jury.data.task, jury.truth, np.stack(shown)),
        jury.units,
        every,
        lambda _: math.nan,
        jury.calibrated,
        jury.naive(),
        work.seed,
    )
    found, theirs = list[Point](), np.zeros(0)
    for old, part in zip(kept, parts, strict=True):
        weights = np.array([part.get(name, 0.0) for name in every])
        form, mine = jury.calibrated(scales.mixed(weights))
        theirs = mine if old.name == WHOLE else theirs
        one = priced(scales, old.name, weights, (form, mine, theirs))
        found.append(replace(one, bytes=old.bytes, rounded=old.rounded))
    return tuple(found)
