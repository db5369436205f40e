"""The property checks that every modality passes, ours and those of plug-ins."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import polars as pl

from milepost.data.facts import facts_of
from milepost.data.schema import Wire
from milepost.graphs.builder import Builder
from milepost.graphs.compare import difference
from milepost.graphs.session import run, session
from milepost.modalities.base import Array, Facts, Fitted, Modality, View
from milepost.modalities.feeds import parts


def check_modality(modality: Modality, frame: pl.DataFrame, seed: int = 0) -> None:
    """Checks a modality on the raw columns of one field.

    It is recognised with a reason and carried by a known tensor type; its summary is JSON; its edge values
    fit the column. In every view: features have distinct names; the graph gives the same at batch 1, 5 and
    all; a shortcut gives the same bits; fitting again gives the same; the fitted form survives pickling;
    statistics learnt from other rows keep the features; codes lie in their range. Views other than trees are
    finite: for edge values, where all is missing, after a single row.

    Args:
        modality: the modality.
        frame: the columns of one field, at least one row.
        seed: seed of the made-up target.

    Raises:
        AssertionError: naming the property that does not hold.
    """
    facts = {name: facts_of(frame[name]) for name in frame.columns}
    for name, known in facts.items():
        sure, why = modality.recognize(known)
        assert 0 <= sure <= 1, f"recognize is {sure} sure of '{name}', not between 0 and 1"
        assert why.strip(), f"recognize gives no reason for '{name}'"
        assert modality.wire(known) in get_args(Wire), f"'{modality.wire(known)}' is no tensor type"
        json.dumps(modality.summarize(frame[name]), allow_nan=False)
    edges = edge_rows(modality, frame)
    nothing = frame.head(3).select(pl.lit(None, frame[name].dtype).alias(name) for name in frame.columns)
    plain: tuple[View, ...] = ("trees", "dense", "network")
    for view in (*plain, *sorted(modality.views(facts))):
        for training in (frame, frame.head(1), nothing):
            _check_view(modality, view, facts, (training, pl.concat([frame, edges, nothing])), seed)


def edge_rows(modality: Modality, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of a modality's edge values; shorter columns repeat theirs."""
    columns = {}
    for name in frame.columns:
        values = modality.examples(frame[name])
        assert any(value is None for value in values), "examples hold no missing value"
        columns[name] = pl.Series(name, values, frame[name].dtype)
    most = max(len(column) for column in columns.values())
    return pl.DataFrame(
        {name: column.gather(np.arange(most) % len(column)) for name, column in columns.items()}
    )


def _check_view(
    modality: Modality,
    view: View,
    facts: Mapping[str, Facts],
    frames: tuple[pl.DataFrame, pl.DataFrame],
    seed: int,
) -> None:
    training, rows = frames
    vectorizer = modality.vectorizer(view, facts)
    target = np.random.default_rng(seed).normal(size=(len(training), 2)) if vectorizer.uses_target else None
    fitted = vectorizer.fit(training, target, None)
    names = fitted.features
    assert all(names), f"the {view} view has features without a name: {names}"
    assert len(set(names)) == len(names), f"the {view} view has features of one name: {names}"
    wires = {name: modality.wire(known) for name, known in facts.items()}
    opened = _opened(fitted, rows, wires)
    whole = _answered(opened, fitted, rows, wires)
    for size in (1, 5):
        gap = difference(_answered(opened, fitted, rows.head(40), wires, size), whole[:40])
        assert gap <= 1e-6, f"the {view} view differs by {gap} between batch {size} and all rows"
    quick = fitted.shortcut(rows)
    if quick is not None:
        assert difference(quick, whole) == 0, f"the shortcut of the {view} view is not what the graph says"
    if view != "trees":
        assert np.isfinite(whole).all(), f"the {view} view is not finite: {_first_bad(names, whole)}"
    sizes = fitted.codes or (0,) * len(names)
    assert len(sizes) == len(names), (
        f"the {view} view has {len(sizes)} sizes of codes for {len(names)} features"
    )
    for column, size in zip(whole.T, sizes, strict=True):
        known = not size or (np.isin(column, np.arange(size)).all() and view == "network")
        assert known, f"the {view} view has a code that is none of {size}"
    again = features(vectorizer.fit(training, target, None), rows, wires)
    assert difference(again, whole) == 0, f"the {view} view differs when fitted again on the same rows"
    kept = features(pickle.loads(pickle.dumps(fitted)), rows, wires)
    assert difference(kept, whole) == 0, f"the {view} view differs after pickling"
    if target is not None:
        other = vectorizer.refit(fitted, training[1:], target[1:], None)
        assert other.features == names, f"other rows give other features: {other.features}, not {names}"


def features(fitted: Fitted, rows: pl.DataFrame, wires: Mapping[str, str], batch: int | None = None) -> Array:
    """Runs raw columns through a fitted field's graph, `batch` rows at a time."""
    return _answered(_opened(fitted, rows, wires), fitted, rows, wires, batch)


def _opened(fitted: Fitted, rows: pl.DataFrame, wires: Mapping[str, str]) -> Any:
    """A session of a fitted field's graph."""
    builder = Builder()
    raw = tuple(builder.input(name, wires[name]) for name in rows.columns)
    builder.output(fitted.emit(builder, raw), "features", "float", len(fitted.features))
    return session(builder.model())


def _answered(
    opened: Any, fitted: Fitted, rows: pl.DataFrame, wires: Mapping[str, str], batch: int | None = None
) -> Array:
    step = batch or max(len(rows), 1)
    result = np.empty((len(rows), len(fitted.features)), np.float32)
    for start in range(0, len(rows), step):
        chunk = rows[start : start + step]
        for places, feeds in parts(chunk.select(list(wires)), wires):
            found = run(opened, feeds)["features"]
            expected = (len(places), len(fitted.features))
            assert found.shape == expected, f"the graph gives shape {found.shape}, not {expected}"
            assert found.dtype == np.float32, f"the graph gives {found.dtype}, not float32"
            result[start + places] = found
    return result


def _first_bad(names: tuple[str, ...], matrix: Array) -> dict[str, Any]:
    row, column = np.argwhere(~np.isfinite(matrix))[0]
    return {"row": int(row), "feature": names[column], "value": float(matrix[row, column])}
