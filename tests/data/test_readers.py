from __future__ import annotations

import polars as pl

from milepost.data.infer import infer_schema
from milepost.data.readers import Reader, readers
from milepost.data.recipe import Recipe
from milepost.data.schema import Field, Schema
from milepost.graphs.builder import Builder
from milepost.modalities.base import Fitted


class Twice(Fitted):
    features = ("twice",)

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        return builder.node("Add", raw[0], raw[0])


class Doubles(Reader):
    def part(self, schema: Schema) -> tuple[Field, Fitted]:
        return Field("doubles", "", (schema["age"],)), Twice()


def test_a_view_of_its_own_reads_raw_columns_instead_of_every_field() -> None:
    frame = pl.DataFrame({"age": [1.5, 2.5, 4.0] * 9, "other": [3.0, 1.0, 2.0] * 9, "y": [0, 1, 0] * 9})
    recipe = Recipe.of(frame, infer_schema(frame, ("y",)))
    readers.add("doubled", Doubles())
    try:
        transform, x = recipe.fit(frame, "doubled", None)  # type: ignore[arg-type]
    finally:
        readers._items.pop("doubled")
    assert transform.features == ("twice",)
    assert x[:3, 0].tolist() == [3.0, 5.0, 8.0]
