"""Bytes inside tables become references, some rows at a time."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from milepost.data import binary
from milepost.data.read import read
from milepost.errors import InputError
from milepost.modalities import media
from milepost.testing.media import shape, tone

RNG = np.random.default_rng(0)
PICTURES = [shape("disc", RNG, 24) for _ in range(600)]


def test_a_parquet_file_with_a_column_of_bytes(tmp_path: Path):
    cells = [*PICTURES[:599], None]
    pl.DataFrame({"pic": cells, "y": range(600)}).write_parquet(tmp_path / "a.parquet")
    table = read(tmp_path / "a.parquet")
    assert table.frame.columns == ["pic", "y"]
    assert media.kind_of(table.frame["pic"]) == "image"
    assert media.load(table.frame["pic"][598]) == PICTURES[598]
    assert table.frame["pic"][599] is None
    assert table.held == ("pic",)


def test_hugging_face_parquet_with_names_of_labels(tmp_path: Path):
    cells = [{"bytes": data, "path": f"x/{i}.png"} for i, data in enumerate(PICTURES[:6])]
    features = {"image": {"_type": "Image"}, "label": {"names": ["disc", "square"], "_type": "ClassLabel"}}
    made = pa.table({"image": cells, "label": [0, 1, 0, 1, 0, -1]})
    made = made.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    (tmp_path / "data").mkdir()
    pq.write_table(made, tmp_path / "data" / "train-00000-of-00001.parquet")
    pq.write_table(made.slice(0, 2), tmp_path / "data" / "test-00000-of-00001.parquet")
    table = read(tmp_path)
    assert table.frame.columns == ["file", "image", "label", "split"]
    assert table.frame["label"].to_list() == [
        "disc",
        "square",
        "disc",
        "square",
        "disc",
        "square",
        "disc",
        None,
    ]
    assert table.frame["split"].to_list() == ["test"] * 2 + ["train"] * 6
    assert table.frame["file"].to_list()[:3] == ["0.png", "1.png", "0.png"]


def test_cells_of_paths_without_bytes_are_looked_for_beside_the_table(tmp_path: Path):
    (tmp_path / "1.png").write_bytes(PICTURES[1])
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    cells = pa.array([{"bytes": None, "path": "1.png"}] * 2, kind)
    made = pa.table({"image": cells, "y": [0, 1]})
    pq.write_table(made, tmp_path / "a.parquet")
    assert media.load(read(tmp_path / "a.parquet").frame["image"][0]) == PICTURES[1]


def test_frames_in_memory_and_sounds(tmp_path: Path):
    table = read(pl.DataFrame({"clip": [tone("low", RNG), tone("high", RNG)], "y": [0, 1]}))
    assert media.kind_of(table.frame["clip"]) == "sound"


def test_bytes_that_are_nothing_are_refused_and_empty_ones_set_aside(tmp_path: Path):
    with pytest.raises(InputError, match="'pic' holds bytes that are neither images nor sounds"):
        read(pl.DataFrame({"pic": [b"abc", b"def"], "y": [0, 1]}))
    frame, aside = binary.unpacked(pl.DataFrame({"pic": [PICTURES[0], b""], "y": [0, 1]}), first=10)
    assert frame["pic"].is_null().to_list() == [False, True]
    assert [(a.row, a.reason) for a in aside] == [(11, "it is empty (0 bytes)")]


def test_files_without_bytes_are_left_to_others(tmp_path: Path):
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 nothing")
    assert binary.parquet(tmp_path / "a.parquet") is None
    assert binary.parquet(tmp_path / "b.parquet") is None
