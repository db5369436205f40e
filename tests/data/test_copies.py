"""Copies among rows of texts, images and sounds: planted ones are joined, natural ones are not."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.data.test_nearimage import painted
from tests.data.test_nearsound import clip, later
from tests.data.test_neartext import sentences

from milepost.data.copies import alike, clashes, copies, documents
from milepost.modalities import doors, media


def pictures(folder: Path, arrays: list[np.ndarray], **how: object) -> list[str]:
    image = pytest.importorskip("PIL.Image")
    found = []
    for place, array in enumerate(arrays):
        path = folder / f"{place}-{len(how)}.{'jpg' if how else 'png'}"
        image.fromarray(array).save(path, **how)
        found.append(media.reference("image", media.place(path)))
    return found


def sounds(folder: Path, waves: list[np.ndarray], name: str) -> list[str]:
    found = []
    for place, one in enumerate(waves):
        stream = io.BytesIO()
        with wave.open(stream, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(int(one[0]))
            file.writeframes((np.clip(one[1:], -1, 1) * 32767).astype("<i2").tobytes())
        path = folder / f"{name}{place}.wav"
        path.write_bytes(stream.getvalue())
        found.append(media.reference("sound", media.place(path)))
    return found


def test_edited_texts_are_joined_and_the_rest_stays_alone() -> None:
    base = sentences(100, 10)
    frame = pl.DataFrame({"said": base + [f"{text}!" for text in base[:20]]})
    found = copies(frame, ["said"])
    assert (found.ids[100:] == found.ids[:20]).all()
    assert (found.rows, found.groups, len(set(found.ids))) == (40, 20, 100)
    assert "'said': 40 rows have an equal or near copy among the texts, in 20 groups" in found.note


def test_a_copy_in_one_column_joins_rows_whose_numbers_differ() -> None:
    base = sentences(80, 10)
    frame = pl.DataFrame({"said": [*base, *base[:10]], "price": np.arange(90.0)})
    found = copies(frame, ["said", "price"])
    assert (found.ids[80:] == found.ids[:10]).all()
    assert found.groups == 10


def test_compressed_pictures_are_joined(tmp_path: Path) -> None:
    arrays = [painted(seed) for seed in range(60)]
    names = pictures(tmp_path, arrays) + pictures(tmp_path, arrays[:15], format="JPEG", quality=40)
    found = copies(pl.DataFrame({"photo": names}), ["photo"])
    assert (found.ids[60:] == found.ids[:15]).all()
    assert found.groups == 15


def read(data: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(data)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
        return np.r_[file.getframerate(), samples].astype(np.float32)


def test_shifted_sounds_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doors.decoders, "wave", read)
    waves = [clip(seed, seed % 3) for seed in range(60)]
    names = sounds(tmp_path, waves, "a") + sounds(tmp_path, [later(w) for w in waves[:10]], "b")
    found = copies(pl.DataFrame({"cry": names}), ["cry"])
    assert np.mean(found.ids[60:] == found.ids[:10]) >= 0.9
    assert found.groups <= 10


def test_what_repeats_by_nature_does_not_chain() -> None:
    form = [
        f"Your parcel number {n:05d} has left our house and comes tomorrow, dear friend" for n in range(300)
    ]
    texts = [*form, *form[:4], *sentences(700, 10), "ok", "ok", "ok"]
    found = alike(pl.Series("said", texts), "text")
    assert found.natural == 304
    assert np.bincount(found.ids).max() == 2, "of the form letters only equal ones are kept together"
    assert found.equal == 8
    assert len(set(found.ids[-3:])) == 3, "short texts repeat by nature"
    assert "304 rows are of groups so large" in found.says


def test_missing_values_are_no_copies(tmp_path: Path) -> None:
    found = copies(pl.DataFrame({"said": [None, None, *sentences(30, 10)]}), ["said"])
    assert found.rows == 0
    assert len(set(found.ids)) == 32


def test_categories_are_no_documents() -> None:
    levels = ["a long name of one of the levels", "a long name of another of the levels"] * 50
    frame = pl.DataFrame({"level": levels, "said": sentences(100, 6), "n": range(100)})
    assert documents(frame, frame.columns) == {"said": "text"}
    assert documents(frame, ["level"], {"level": "text"}) == {"level": "text"}
    assert documents(frame, ["said"], {"said": "category"}) == {}


def test_tables_are_compared_as_before() -> None:
    from milepost.data.near import near_groups

    random = np.random.default_rng(0)
    frame = pl.DataFrame(random.normal(size=(200, 4)), schema=list("abcd"))
    frame = pl.concat([frame, frame.head(30)])
    assert (copies(frame, list("abcd")).ids == near_groups(frame, list("abcd"), []).ids).all()


def test_labels_that_contradict_each_other_are_counted() -> None:
    ids = np.array([0, 0, 0, 1, 1, 2])
    assert clashes(ids, np.array([1, 1, 0, 2, 2, 0])) == (3, 1)
    assert clashes(np.arange(4), np.array([0, 1, 0, 1])) == (0, 0)
