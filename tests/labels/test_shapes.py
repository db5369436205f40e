"""Areas of shapes, held against counted pixels and against what geometry says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.labels import shapes
from milepost.labels.shapes import areas, box_corners, iou, pixels, runs


def box(x: float, y: float, w: float, h: float, **more: float) -> dict[str, float]:
    return {"x": x, "y": y, "w": w, "h": h, **more}


def polygon(*points: tuple[float, float]) -> dict[str, list[list[float]]]:
    return {"points": [list(point) for point in points]}


def test_boxes() -> None:
    assert iou("boxes", box(0, 0, 2, 2), box(1, 1, 2, 2)) == pytest.approx(1 / 7)
    assert iou("boxes", box(0, 0, 2, 2), box(2, 0, 2, 2)) == 0
    assert iou("boxes", box(0, 0, 2, 2), box(0, 0, 2, 2)) == 1


def test_a_turned_square_shares_an_octagon_with_the_upright_one() -> None:
    octagon = 8 * (np.sqrt(2) - 1)  # area of the regular octagon in a square of side 2
    found = iou("boxes", box(0, 0, 2, 2), box(0, 0, 2, 2, angle=45))
    assert found == pytest.approx(octagon / (8 - octagon))


def test_a_box_turns_clockwise_about_its_centre() -> None:
    corners = box_corners(box(0, 0, 4, 2, angle=90))
    assert corners[0] == pytest.approx([3, -1])  # what was above left is above right on the screen
    assert iou("boxes", box(0, 0, 4, 2, angle=90), box(1, -1, 2, 4)) == pytest.approx(1)


def test_a_polygon_with_a_bay_and_one_that_crosses_itself() -> None:
    bay = polygon((0, 0), (4, 0), (4, 4), (3, 4), (3, 1), (1, 1), (1, 4), (0, 4))
    inside = polygon((1, 1), (3, 1), (3, 4), (1, 4))
    assert areas(np.array(bay["points"]), np.array(inside["points"])) == pytest.approx((10, 6, 0))
    bow = np.array([[0, 0], [2, 2], [2, 0], [0, 2.0]])
    assert areas(bow, np.array([[0, 0], [1, 0], [1, 2], [0, 2.0]])) == pytest.approx((2, 2, 1))


@given(st.integers(0, 1000))
def test_areas_agree_with_counted_points(seed: int) -> None:
    from matplotlib.path import Path

    rng = np.random.default_rng(seed)
    a, b = (star(rng) for _ in range(2))
    grid = (np.arange(200) + 0.5) / 200
    points = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    in_a, in_b = (Path(p).contains_points(points) for p in (a, b))
    counted = [in_a.mean(), in_b.mean(), (in_a & in_b).mean()]
    assert areas(a, b) == pytest.approx(counted, abs=0.01)


def star(rng: np.random.Generator) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """A simple polygon of any form within the unit square."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 12)))
    reach = rng.uniform(0.05, 0.5, len(angle))
    return 0.5 + np.stack([np.cos(angle), np.sin(angle)], axis=1) * reach[:, None]


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=5))
def test_runs_and_pixels_are_each_others_inverse(rows: list[list[bool]]) -> None:
    picture = np.array(rows)
    lengths = runs(picture)
    assert sum(lengths) == picture.size
    assert (pixels({"rle": lengths, "width": 3, "height": len(rows)}) == picture).all()


def test_masks() -> None:
    a = {"rle": [0, 2, 2], "width": 2, "height": 2}
    b = {"rle": [1, 2, 1], "width": 2, "height": 2}
    assert iou("mask", a, b) == pytest.approx(1 / 3)
    assert iou("mask", a, {"rle": [0, 4], "width": 4, "height": 1}) == 0


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_runs_are_tidied_as_if_the_picture_had_been_laid_out(lengths: list[int]) -> None:
    if any(lengths):
        laid = shapes.pixels({"rle": lengths, "width": sum(lengths), "height": 1})
        assert shapes.tidied(lengths) == shapes.runs(laid)


def test_blocks_of_heights_and_edges_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=(40, 2)) for _ in range(2))
    whole = shapes.areas(a, b)
    monkeypatch.setattr(shapes, "BLOCK", 100)
    assert shapes.areas(a, b) == pytest.approx(whole)


def test_shapes_that_lie_apart_share_nothing_and_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one = {"label": "a", "points": [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]}
    other = {"label": "a", "points": [[4.0, 0.0], [8.0, 0.0], [8.0, 4.0]]}
    monkeypatch.setattr(shapes, "areas", None)
    assert shapes.iou("polygons", one, other) == 0.0
    turned = {"label": "a", "x": 20.0, "y": 0.0, "w": 2.0, "h": 2.0, "angle": 45.0}
    assert shapes.iou("boxes", turned, {"label": "a", "x": 0.0, "y": 0.0, "w": 2.0, "h": 2.0}) == 0.0
