"""Every chart is held against the schema of Vega-Lite that it names, and its rooms against what is drawn."""

from __future__ import annotations

import copy
import importlib
import inspect
import math
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import altair
import jsonschema
import numpy as np
import pytest
from altair.vegalite.v6.schema.core import load_schema

from milepost.report import charts, theme
from milepost.report.blocks import Chart
from milepost.report.charts.alone import alone
from milepost.report.charts.frontier import frontier
from milepost.report.charts.windows import ageing, heat, scores
from milepost.report.svg import draw
from milepost.report.vega import SCHEMA, channel, data, layer, mark, rooms

BY_HAND = {"multiples"}
"""Charts that are no Vega-Lite."""
DAYS = [f"2024-01-{day:02}" for day in range(1, 21)]
HALF, ONES = [0.5] * 20, [1.0] * 20
NAMES = [f"a class {i}" for i in range(8)]
RANDOM = np.random.default_rng(0)
SPANS = [("promised", 0.73, 0.72, 0.74), ("came", 0.729, 0.71, 0.75)]
BANDS = [(0.8, 0.75, 0.85)] * 20
SAMPLES: dict[str, list[Chart]] = {
    "ageing": [ageing([10.0, 20.0], [(0.01, 0.0, 0.02), (0.03, 0.01, 0.05)], "rmse")],
    "alone": [alone({"age": 0.8, "weak": 0.51}, {"weak": "left out"}, "T", "AUC")],
    "bars": [charts.bars({"yes": 3, "no": 5}, "T", "answer", "rows")],
    "calibration": [charts.calibration([0.1, 0.6], [0.12, 0.3], [0.05, 0.2], [0.2, 0.4], "T")],
    "capacity": [
        charts.capacity(["4 leaves", "8 leaves"], [0.4, 0.2], [0.5, 0.3], 1, "T"),
        charts.capacity([f"{i} leaves of a tree" for i in range(9)], [0.5] * 9, [0.6] * 9, None, "T"),
    ],
    "confusion": [
        charts.confusion([[8, 2], [1, 9]], ["no", "yes"], "T"),
        charts.confusion(np.eye(8), NAMES, "T"),
    ],
    "frontier": [frontier([("ensemble", 2.1, 0.9, 0.89, 0.91), ("small", 0.02, 0.88, 0.87, 0.9)], "T", "R2")],
    "curve_band": [
        charts.curve_band([100, 1000], [0.5, 0.4], [0.4, 0.3], [0.6, 0.5], "T", "rows", "loss"),
        charts.curve_band(range(1, 61), [*HALF * 3], [*HALF * 3], [*ONES * 3], "T", "rows"),
    ],
    "effects": [
        charts.effects([1.0, 2.0, 5.0], [0.1, 0.2, 0.15], "T", "late"),
        charts.effects(DAYS, HALF, "T", "late"),
        charts.effects(["JFK", "LGA"], [0.1, 0.2], "T", "late"),
    ],
    "forest": [charts.forest(SPANS, "T", "roc_auc", 0.7)],
    "heat": [heat(["drift age", "missing age"], DAYS, [[0.1] * 19 + [1.4], [0.0] * 20], "T")],
    "histogram": [charts.histogram([0, 10, 20, 30], [1, 5, 2], "T", "minutes")],
    "importance": [charts.importance(SPANS, "T", "rise")],
    "missing": [charts.missing({"a": 0.01, "b": 0.5}, "T")],
    "overlay": [charts.overlay([0, 1, 2], [5, 5], [50, 40], "T", "x")],
    "places": [
        charts.places(RANDOM.uniform(40, 50, 99), RANDOM.uniform(5, 15, 99), "T"),
        charts.places(RANDOM.uniform(-60, 70, 99), RANDOM.uniform(-180, 180, 99), "T"),
        charts.places([], [], "T"),
    ],
    "scatter": [charts.scatter(HALF + ONES, ONES + HALF, "T")],
    "scores": [scores(DAYS, BANDS, BANDS, 0.81, ([], DAYS[-1:]), "roc_auc")],
    "slices": [
        charts.slices([0.01, 0.1], [0.5, 0.4], [False, True], "T", "rate", log) for log in (True, False)
    ],
    "tradeoff": [
        charts.tradeoff([0.1, 0.5, 0.8], [0.4, 0.8, 0.95], [0.9, 0.5, 0.2], at, "T", 0.3) for at in (0.2, 0.9)
    ],
    "training_curves": [charts.training_curves([1, 2, 3], [0.5, 0.4, 0.3], [0.6, 0.5, 0.55], "T")],
    "trend": [charts.trend(DAYS, HALF, "T", "share", (HALF, ONES), DAYS[:1])],
}
EVERY = [
    pytest.param(chart, id=f"{name}-{i}") for name, many in SAMPLES.items() for i, chart in enumerate(many)
]


VALID = jsonschema.Draft7Validator(load_schema())


def misspelt(spec: Any) -> Iterator[tuple[str, Any]]:
    """A specification with each of its properties misspelt in turn; rows have none."""
    for name, part in spec.items() if isinstance(spec, dict) else enumerate(spec):
        if name not in ("values", "domain", "range", "config"):
            if isinstance(name, str):
                yield name, {f"{key}x" if key == name else key: value for key, value in spec.items()}
            for at, wrong in misspelt(part) if isinstance(part, dict | list) else ():
                changed = copy.copy(spec)
                changed[name] = wrong
                yield f"{name}.{at}", changed


def units(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The marks of a specification, each a chart of its own without rows, which is quickly checked."""
    return [{**part, "data": {"values": []}} for part in spec.get("layer", [{**spec, "config": {}}])]


def test_every_chart_has_a_sample() -> None:
    found = set()
    for module in pkgutil.iter_modules(charts.__path__):
        members = vars(importlib.import_module(f"{charts.__name__}.{module.name}"))
        made = {
            n
            for n, f in members.items()
            if inspect.isfunction(f) and f.__annotations__.get("return") == "Chart"
        }
        found |= {name for name in made if not name.startswith("_")}
    assert found - BY_HAND - {"finish"} == set(SAMPLES)


def test_the_schema_is_that_of_the_library_and_holds_for_the_common_look() -> None:
    assert SCHEMA == altair.SCHEMA_URL
    spec = SAMPLES["bars"][0].spec
    let = [at for at, config in misspelt(theme.CONFIG) if VALID.is_valid({**spec, "config": config})]
    assert let == []


@pytest.mark.parametrize("chart", EVERY)
def test_a_chart_obeys_the_schema(chart: Chart) -> None:
    assert [error.message for error in VALID.iter_errors(chart.spec)] == []
    wrong = [found for unit in units(chart.spec) for found in misspelt(unit)]
    assert wrong
    assert [at for at, spec in wrong if at != "$schema" and VALID.is_valid(spec)] == []


@pytest.mark.parametrize("chart", EVERY)
def test_a_picture_is_as_large_as_its_rooms_say(chart: Chart) -> None:
    found = re.search(r'viewBox="0 0 (\d+) (\d+)"', draw([chart])[0])
    assert found
    rows = rooms(chart.spec)[1] + chart.spec["height"] + 4
    assert abs(int(found[1]) - theme.WIDTH) <= 8
    assert abs(int(found[2]) - rows) <= 12


def test_parts() -> None:
    y = channel("n:Q", axis=None)
    over = layer(
        mark("bar", {"y": y}), mark("rule", {"x": channel("age:O", title="age")}, []), rows=[{"n": 1.0}]
    )
    assert over["layer"][1] == {
        "data": {"values": []},
        "mark": {"type": "rule"},
        "encoding": {"x": {"field": "age", "type": "ordinal", "title": "age"}},
    }
    assert over["data"] == data([{"n": 1}])
    assert rooms(over) == (0, 40)
    slanted = channel("age:O", axis={"labelAngle": -30, "values": ["a" * 20]})
    assert rooms(mark("bar", {"x": slanted})) == (0, 84)
    assert rooms(mark("bar", {"color": channel("age:N", legend={})})) == (0, 0)


def test_data_is_short_and_json_safe() -> None:
    (row,) = data([{"a": 1 / 3, "b": math.nan, "c": np.int64(4), "d": "x"}])["values"]
    assert row == {"a": 0.333333, "b": None, "c": 4, "d": "x"}
