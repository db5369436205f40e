"""A source that tells the label is told by itself, with its scores; an honest or a blind one is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.data.test_copies import pictures

from milepost.data.infer import infer_schema
from milepost.tasks.base import tasks
from milepost.training.origins import _cramer, origins, told

pytest.importorskip("PIL")
TASK = tasks["binary"].of({"targets": ["kind"], "labels": ["no", "yes"], "positive": "yes"})


def photographed(folder: Path, leak: bool, visible: bool = True) -> tuple[pl.DataFrame, np.ndarray]:
    """Pictures of two cameras; the answer is a bright square, the camera shows as a red tint."""
    random = np.random.default_rng(0)
    rows = 160
    camera = random.integers(0, 2, rows)
    truth = np.where(random.random(rows) < 0.9, camera, 1 - camera) if leak else random.integers(0, 2, rows)
    found = []
    for tint, yes in zip(camera, truth, strict=True):
        pixels = random.integers(60, 120, (32, 32, 3))
        pixels[:, :, 0] += 100 * tint * visible
        if yes:
            at = random.integers(0, 24)
            pixels[at : at + 8, at : at + 8] = random.integers(150, 255)
        found.append(pixels.astype(np.uint8))
    names = pictures(folder, found)
    labels = np.array(["no", "yes"])[truth]
    columns = {"photo": names, "camera": np.array(["old", "new"])[camera], "kind": labels}
    return pl.DataFrame(columns), truth


def test_a_camera_that_tells_the_label_is_found_with_its_scores(tmp_path: Path) -> None:
    frame, truth = photographed(tmp_path, leak=True)
    (found,) = origins(frame, truth, TASK, infer_schema(frame, ["kind"]), 0)
    assert found.name == "camera"
    assert found.bound == pytest.approx(0.75, abs=0.1)
    assert found.told > 0.95
    for value, rows, shares, here, away in found.sources:
        inside = frame["camera"].to_numpy() == value
        assert rows == inside.sum()
        assert shares[1] == pytest.approx(truth[inside].mean())
        assert 0 <= away <= 1
        assert here > 0.4
    assert "also where the column itself is left out" in found.says
    assert "--group camera" in found.says
    head, rows = told(found)
    assert head == ("camera", "rows", "no", "yes", "right, learnt from", "right, held out")
    assert len(rows) == 2


def test_a_camera_of_no_consequence_is_not_told(tmp_path: Path) -> None:
    frame, truth = photographed(tmp_path, leak=False)
    assert origins(frame, truth, TASK, infer_schema(frame, ["kind"]), 0) == ()


def test_a_camera_that_pictures_do_not_show_is_not_told(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    frame, truth = photographed(tmp_path, leak=False, visible=False)
    leaking = np.where(random.random(len(truth)) < 0.75, truth, 1 - truth)
    frame = frame.with_columns(camera=pl.Series(np.array(["old", "new"])[leaking]))
    shuffled = frame.with_columns(photo=frame["photo"].shuffle(seed=3))
    assert origins(shuffled, truth, TASK, infer_schema(shuffled, ["kind"]), 0) == ()


def test_tables_without_texts_or_media_are_left_to_the_other_detectors() -> None:
    frame = pl.DataFrame({"a": ["x", "y"] * 50, "n": range(100), "kind": ["no", "yes"] * 50})
    truth = np.tile([0, 1], 50)
    assert origins(frame, truth, TASK, infer_schema(frame, ["kind"]), 0) == ()


def test_the_bond_is_that_of_scipy_but_for_its_bias() -> None:
    from scipy.stats.contingency import association

    random = np.random.default_rng(0)
    one = random.integers(0, 3, 20_000)
    other = np.where(random.random(20_000) < 0.5, one, random.integers(0, 3, 20_000))
    table = np.zeros((3, 3), int)
    np.add.at(table, (one, other), 1)
    assert _cramer(one, other, 3) == pytest.approx(association(table, method="cramer"), abs=2e-3)
    assert _cramer(random.integers(0, 3, 300), random.integers(0, 3, 300), 3) < 0.1
