"""How many bytes of a package a model and its features take."""

from __future__ import annotations

from milepost.data.schema import Schema
from milepost.graphs.builder import Builder
from milepost.graphs.slim import packed
from milepost.learners.base import Model
from milepost.training.material import Prepared


def bulk(prepared: Prepared, model: Model, schema: Schema) -> tuple[int, int]:
    """Bytes of the model's nodes and constants, and of those that make its features from raw columns.

    Args:
        prepared: the matrices it was fitted on, with their transform.
        model: the fitted model.
        schema: the raw columns.
    """
    builder = Builder()
    raw = {column.name: builder.input(column.name, column.wire) for column in schema.inputs}
    features = prepared.transform.emit(builder, raw)
    before = _bytes(builder)
    model.emit(builder, features)
    return _bytes(builder) - before, before


def _bytes(builder: Builder) -> int:
    return len(packed(builder.model()))
