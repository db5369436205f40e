"""What was kept becomes fields of the recipe again."""

import msgspec
import polars as pl

from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.digest import plain
from milepost.steps.crafted import Features, Gain, Judged, Part, fields_of

GAIN = Gain("lightgbm", 0.1, 0.05, 0.15, 0.001)
KEPT = Judged("pairs", 9, (("ratio", ("a", "b")),), (GAIN,), True)
LEFT = Judged("groups", 4, (("mean", ("a", "c")),), (GAIN,), False)


def test_only_kept_families_are_fields() -> None:
    frame = pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": [2.0, 5.0, 1.0], "c": ["u", "v", "u"]})
    recipe = Recipe.of(frame, infer_schema(frame))
    (field,) = fields_of(recipe, Features((KEPT, LEFT)))
    assert (field.name, field.modality, field.names) == ("a / b", "ratio", ("a", "b"))
    assert fields_of(recipe, Features()) == ()


def test_they_are_read_from_the_findings_of_tune_and_from_older_ones_without() -> None:
    found = plain({"features": Features((KEPT, LEFT)), "naive": 0.5})
    assert msgspec.convert(found, Part, strict=False).features.kept == (("ratio", ("a", "b")),)
    assert msgspec.convert({"naive": 0.5}, Part).features.kept == ()
