"""Small real packages that read text, images or sounds; their answers come from NumPy, not from the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from milepost.digest import Json
from milepost.graphs.builder import Builder
from milepost.shipping.manifest import Column, Manifest
from milepost.shipping.package import Contents, build, golden, with_examples
from milepost.shipping.wire import Entry

Array = np.ndarray[Any, Any]

COLUMNS = {
    "age": Column("age", "float", "number", "float"),
    "message": Column("message", "text", "text", "bytes"),
    "photo": Column("photo", "image", "image", "pixels"),
    "clip": Column("clip", "sound", "sound", "wave"),
}
SAMPLES: Mapping[str, Sequence[Json]] = {
    "age": [18.0, 25.5, 31.0, 40.0, 52.5, None],
    "message": ["call me later today", "win a free prize today", "see you later", "free call later"] * 3,
}
LABELS = ("plain", "odd")
BIAS = 0.3
WEIGHTS: Mapping[str, Sequence[float]] = {
    "age": (0.5,),
    "message": (1.5, -2.0),
    "photo": (-3.0,),
    "clip": (2.5,),
}
"""The weights of each column's features."""


def features(name: str, value: Json) -> list[float]:
    """The features of one value in NumPy: age, share of vowels and of wide bytes, brightness, loudness."""
    row = Entry.of(COLUMNS[name]).one(value)
    if name == "age":
        return [0.0 if np.isnan(row) else float(np.clip(row, 0, 100)) / 50 - 1]
    if name == "message":
        codes = np.frombuffer(row, np.uint8)
        vowels, most = np.isin(codes, list(b"aeiou")).sum(), max(1, len(codes))
        return [float(vowels / most), float((codes > 127).sum() / most)]
    if name == "photo":
        return [float(row.astype(np.float64).mean() / 255)]
    return [float(np.sqrt((row[1:].astype(np.float64) ** 2).mean()) * (1 if row[0] > 12_000 else 0.5))]


def answers(rows: Mapping[str, Sequence[Json]]) -> dict[str, Array]:
    """The answers to rows, in NumPy: what `build` calls training-time predictions."""
    scores = [
        sum(
            weight * feature
            for name, value in zip(rows, values, strict=True)
            for weight, feature in zip(WEIGHTS[name], features(name, value), strict=True)
        )
        for values in zip(*rows.values(), strict=True)
    ]
    odd = 1 / (1 + np.exp(-np.array(scores)[:, None] - BIAS))
    labels = np.array(LABELS, dtype=object)[(odd > 0.5).astype(int)]
    return {"proba": np.hstack([1 - odd, odd]), "label": labels}


def graph(names: Sequence[str]) -> Any:
    """The same as an ONNX graph."""
    b = Builder()
    emit = {"age": _age, "message": _message, "photo": _photo, "clip": _clip}
    parts = [emit[name](b, b.input(name, COLUMNS[name].wire)) for name in names]
    wide = parts[0] if len(parts) == 1 else b.node("Concat", *parts, axis=1)
    slope = np.array([[weight] for name in names for weight in WEIGHTS[name]], np.float32)
    odd = b.node("Sigmoid", b.node("Add", b.node("MatMul", wide, b.const(slope)), _const(b, BIAS)))
    proba = b.node("Concat", b.node("Sub", _const(b, 1), odd), odd, axis=1)
    b.output(proba, "proba", "float", 2)
    choice = b.node("ArgMax", proba, axis=1, keepdims=1)
    b.output(b.node("Gather", b.const(np.array(LABELS)), choice, axis=0), "label", "string", 1)
    return b.model()


def _const(b: Builder, value: float, dtype: Any = np.float32) -> str:
    return b.const(np.array([[value]], dtype))


def _age(b: Builder, raw: str) -> str:
    low, high, unit, one = (_const(b, fact) for fact in (0, 100, 50, 1))
    scaled = b.node("Sub", b.node("Div", b.node("Min", b.node("Max", raw, low), high), unit), one)
    return b.node("Where", b.node("IsNaN", raw), low, scaled)


def _message(b: Builder, raw: str) -> str:
    codes = b.cast(raw, "int32")
    axes, zero = b.const(np.array([1])), _const(b, 0, np.int32)

    def count(tensor: str) -> str:
        return b.node("ReduceSum", b.cast(tensor, "float"), axes, keepdims=1)

    most = b.node("Max", count(b.node("Greater", codes, zero)), _const(b, 1))
    each = [b.node("Equal", codes, _const(b, code, np.int32)) for code in b"aeiou"]
    vowels = each[0]
    for one in each[1:]:
        vowels = b.node("Or", vowels, one)
    wide = b.node("Greater", codes, _const(b, 127, np.int32))
    return b.node("Concat", b.node("Div", count(vowels), most), b.node("Div", count(wide), most), axis=1)


def _photo(b: Builder, raw: str) -> str:
    mean = b.node("ReduceMean", b.cast(raw, "float"), b.const(np.array([1, 2, 3])), keepdims=0)
    return b.node(
        "Unsqueeze", b.node("Div", mean, b.const(np.array(255, np.float32))), b.const(np.array([1]))
    )


def _clip(b: Builder, raw: str) -> str:
    ends = [b.const(np.array([place])) for place in (0, 1, np.iinfo(np.int64).max)]
    axis = b.const(np.array([1]))
    rate = b.node("Slice", raw, ends[0], ends[1], axis)
    samples = b.node("Slice", raw, ends[1], ends[2], axis)
    loud = b.node("Sqrt", b.node("ReduceMean", b.node("Mul", samples, samples), axis, keepdims=1))
    usual = b.node("Greater", rate, _const(b, 12_000))
    return b.node("Mul", loud, b.node("Where", usual, _const(b, 1), _const(b, 0.5)))


def wide_package(folder: str | Path, names: Sequence[str] = ("message", "photo"), rows: int = 40) -> Manifest:
    """Builds a package of a text, an image, a sound or several of them.

    Args:
        folder: where it goes.
        names: some of "age", "message", "photo", "clip".
        rows: number of golden rows.
    """
    columns = [COLUMNS[name] for name in names]
    made = golden(columns, SAMPLES, rows)
    contents = Contents(
        name="wide",
        task={"name": "binary", "labels": list(LABELS), "targets": ["kind"]},
        columns=with_examples(columns, SAMPLES),
        rows=made,
        answers=answers(made),
        keys=("id",),
        tolerance=1e-4,
        card="# A toy model of texts, images and sounds\n",
    )
    return build(folder, graph(names), contents)
