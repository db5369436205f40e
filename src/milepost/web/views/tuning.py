"""The search as a picture: every trial a line over its settings, with the luck of having looked so often."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import Any

from fastapi.responses import Response

from milepost.report.blocks import Block, Chart
from milepost.report.theme import ACCENT, OTHER, finish
from milepost.report.vega import channel, layer, mark
from milepost.web.forms import sheet
from milepost.web.pages import Ask, Found, Pages, download
from milepost.web.site import Site
from milepost.web.views import looks

pages = Pages()
AXES = 12
"""Settings that have an axis of their own, those with the most different values."""
CATEGORIES = 24
"""Different texts of a setting that are told apart on an axis."""
POINTS = 400
"""Points that the course of the search is thinned to."""
WIDE = 100.0
CROWDED = 0.2
"""An axis is logarithmic from this ratio of the largest to the smallest value on, where the middle value lies
in this first part of it."""


@pages.page("/tuning", "tuning.html")
def tuning(site: Site, ask: Ask) -> Found:
    """The trials of one learner, or of all, as axes and lines; the best so far; looks and optimism.

    A trial is a list of values in the order of the axes; null stands for a setting that it does not have.
    """
    every = [row for row in looks.rows(site) if row["learner"]]
    learners = Counter(row["learner"] for row in every)
    learner = ask.query.get("learner", next(iter(learners)) if len(learners) == 1 else "")
    chosen = [row for row in every if learner in ("", row["learner"])]
    judged = [row for row in chosen if known(row["loss"])]
    gone = Counter(row["state"] or "without a loss" for row in chosen if not known(row["loss"]))
    make = partial(pictured, judged, learner if learner in learners else "")
    axes, lines, blocks = site.remember(f"tuning {learner[:80]}", str(len(every)), make) if judged else make()
    return {
        "learner": learner,
        "learners": dict(learners.most_common()),
        "axes": axes,
        "trials": lines,
        "names": [row["name"] for row in judged],
        "numbers": [row["number"] for row in judged],
        "without": gone.total(),
        "states": dict(gone),
        "looks": len(every),
        "optimism": looks.optimism(site),
        "blocks": blocks,
    }


def pictured(
    rows: Sequence[Mapping[str, Any]], learner: str
) -> tuple[list[dict[str, Any]], list[list[Any]], tuple[Block, ...]]:
    """Axes, lines and the course of the search; see `parallel` and `course`."""
    return (*parallel(rows, learner), course(rows))


def known(loss: Any) -> bool:
    """Whether a look has a loss.

    >>> known(0.5), known(None), known(float("nan"))
    (True, False, False)
    """
    return isinstance(loss, int | float) and math.isfinite(loss)


@pages.raw("/tuning.csv")
def export(site: Site, ask: Ask) -> Response:
    """The lines of the picture as CSV."""
    found = tuning(site, ask)
    head = ["number", "name", *(axis["name"] for axis in found["axes"])]
    rows = zip(found["numbers"], found["names"], found["trials"], strict=True)
    return download(sheet(head, ([number, name, *line] for number, name, line in rows)), "trials.csv")


def parallel(rows: Sequence[Mapping[str, Any]], learner: str) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    """Axes and lines of trials: their settings where they are of one learner, and the loss last.

    Args:
        rows: looks with a loss.
        learner: whose they are, or "" for all, which share the step and the learner only.
    """
    columns: list[tuple[str, list[Any]]] = [("look", [row["number"] for row in rows])]
    if learner:
        settings = [json.loads(f"{{{row['settings']}}}") for row in rows]
        names = dict.fromkeys(name for one in settings for name in one)
        made = {name: [_plain(one.get(name)) for one in settings] for name in names}
        different = {name: len({json.dumps(v) for v in values}) for name, values in made.items()}
        kept = sorted((n for n in made if different[n] > 1), key=lambda n: -different[n])[:AXES]
        columns += [(name, made[name]) for name in made if name in kept]
    else:
        columns += [(name, [row[name] for row in rows]) for name in ("step", "learner")]
    columns.append(("loss", [row["loss"] for row in rows]))  # a setting may have that name too
    axes = [axis(name, values) for name, values in columns]
    return axes, [list(line) for line in zip(*(values for _, values in columns), strict=True)]


def axis(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """What an axis spans: numbers, evenly or, where most crowd at the low end, by their logarithm; or texts.

    >>> axis("rate", [0.001, 0.01, 1.0, None])["kind"], axis("kind", ["b", "a", "b"])["values"]
    ('log', ['a', 'b'])
    """
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        low, high = float(min(known)), float(max(known))
        crowded = (sorted(known)[len(known) // 2] - low) < CROWDED * (high - low)
        kind = "log" if low > 0 and high / low >= WIDE and crowded else "number"
        return {"name": name, "kind": kind, "low": low, "high": high, "values": []}
    often = Counter(str(value) for value in known).most_common(CATEGORIES)
    return {
        "name": name,
        "kind": "text",
        "low": 0.0,
        "high": 1.0,
        "values": sorted(word for word, _ in often),
    }


def course(rows: Sequence[Mapping[str, Any]]) -> tuple[Block, ...]:
    """How the best loss so far fell with every look."""
    if len(rows) < 2:
        return ()
    best = list(accumulate((float(row["loss"]) for row in rows), min))
    step = max(1, math.ceil(len(rows) / POINTS))
    turns = [
        at for at in range(len(rows)) if at % step == 0 or at == len(rows) - 1 or best[at] < best[at - 1]
    ]
    table = [{"look": rows[at]["number"], "loss": rows[at]["loss"], "best": best[at]} for at in turns]
    high = sorted(row["loss"] for row in rows)[min(len(rows) - 1, int(0.95 * len(rows)))]
    top = max(high, best[0] if best[0] <= high else high, best[-1] + 1e-12)
    scale = {"zero": False, "domain": [best[-1], top], "clamp": True, "nice": True}
    x = channel("look:Q", title="look", axis={"tickCount": 5})
    each = mark("point", {"x": x, "y": channel("loss:Q", title="loss", scale=scale)}, size=16, color=OTHER,
                opacity=0.5)  # fmt: skip
    line = mark("line", {"x": x, "y": channel("best:Q", title="loss", scale=scale)}, interpolate="step-after",
                color=ACCENT)  # fmt: skip
    title = "The best loss so far, look by look"
    says = f"{title}: from {table[0]['best']:.4g} to {best[-1]:.4g} in {len(rows):,} looks."
    chart: Chart = finish(layer(each, line, rows=table), 260, title, says)
    return (chart,)


def _plain(value: Any) -> Any:
    """A setting as a number or a text."""
    if value is None or (isinstance(value, int | float | str) and not isinstance(value, bool)):
        return value
    return ("yes" if value else "no") if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
