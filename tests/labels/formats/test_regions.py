import pytest

from milepost.errors import InputError
from milepost.labels import values
from milepost.labels.formats.naming import Naming
from milepost.labels.formats.regions import size_of, value_of, written
from milepost.labels.labelset import LabelSet


def test_a_turned_box_is_told_by_where_its_corner_came_to_lie() -> None:
    """A box of 20 x 10 about (50, 50), turned by a quarter: its corner comes to lie at (55, 40)."""
    names = Naming("", LabelSet.start("x", "boxes", ["A"]))
    value = values.canonical("boxes", [{"label": "a", "x": 40, "y": 45, "w": 20, "h": 10, "angle": 90}])
    (result,) = written(value, names, "image", (100, 200), "s")
    told = result["value"]
    assert [told[name] for name in ("x", "y", "width", "height", "rotation")] == pytest.approx(
        [55, 20, 20, 5, 90]
    )
    assert names.check(value_of([result], names)) == value


def test_sizes_are_told_by_the_content() -> None:
    assert size_of({"width": 3, "height": 4.0}, "p") == (3, 4)
    for content in ({}, {"width": 3}, {"width": "3", "height": 4}, {"width": 0, "height": 4}):
        with pytest.raises(InputError, match="'p' does not tell the size"):
            size_of(content, "p")


def test_paths_of_a_taxonomy_are_labels() -> None:
    names = Naming("", LabelSet.start("x", "choice", ["A > B", "C > B"]))
    result = {"type": "taxonomy", "value": {"taxonomy": [["C", "B"]]}}
    assert value_of([result], names) == "b-2"


def test_results_that_are_none_are_refused() -> None:
    names = Naming("boxes")
    for result in (
        {"type": "rectanglelabels", "value": {}},
        {"type": "rectanglelabels"},
        {"type": "rectanglelabels", "value": {"rectanglelabels": ["A"], "x": "1"}, "original_width": 5},
        {"type": "rectanglelabels", "value": {"rectanglelabels": ["A", "B"]}},
    ):
        with pytest.raises(InputError, match="not as Label Studio writes it"):
            value_of([result], names)
    turned = {"type": "rectanglelabels", "value": {"rectanglelabels": ["A"]}, "image_rotation": 90}
    with pytest.raises(InputError, match="turned by 90"):
        value_of([turned], names)
    with pytest.raises(InputError, match="2 answers"):
        value_of([{}, {}], Naming("number"))
    with pytest.raises(InputError, match="2 labels are chosen"):
        value_of([{"type": "choices", "value": {"choices": ["A", "B"]}}], Naming("choice"))
