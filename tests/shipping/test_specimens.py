"""Made texts, pictures and sounds: what they are to show is in them, and nothing of the data is."""

import base64
import io
import wave

import numpy as np
import pytest

from milepost.modalities.doors import TEXT_BYTES, encode
from milepost.shipping import inline, specimens
from milepost.shipping.manifest import Column
from milepost.shipping.package import with_examples

TEXT, PHOTO, CLIP = (
    Column("c", dtype, dtype, wire)
    for dtype, wire in (("text", "bytes"), ("image", "pixels"), ("sound", "wave"))
)


def test_texts_hold_what_breaks_programs():
    texts = specimens.edges(TEXT)
    assert texts[:2] == [None, ""]
    whole = "".join(texts[1:])
    for word, mark in (("emoji", "😀"), ("right to left", "ש"), ("combining", "\u0301"), ("zero", "\0")):
        assert mark in whole, word
    assert max(map(len, texts[1:])) == 100_000
    assert any(TEXT_BYTES - 3 < len(encode(text)) < TEXT_BYTES for text in texts[1:]), "a cut character"


def test_made_texts_hold_only_words_that_many_texts_hold():
    values = [f"hello dear customer number{i} Name{i} from Berlin" for i in range(300)]
    values += ["Ada Lovelace called"] * (specimens.COMMON - 1)
    made = specimens.usual(TEXT, values)
    assert {word for text in made for word in text.split()} == {"hello", "dear", "customer", "from", "Berlin"}
    assert specimens.usual(TEXT, values) == made != specimens.usual(TEXT, values, seed=1)
    assert specimens.usual(TEXT, [None, "only one"]) == ["never seen before"]


def test_pictures_are_of_many_sizes_and_kinds_and_all_can_be_read():
    Image = pytest.importorskip("PIL.Image")
    edges, usual = specimens.edges(PHOTO), specimens.usual(PHOTO, ())
    opened = [Image.open(io.BytesIO(base64.b64decode(text))) for text in edges[1:]]
    assert {(1, 1), (8000, 2), (3, 8000)} <= {picture.size for picture in opened}
    assert {"RGB", "L", "I;16", "P", "RGBA", "CMYK"} <= {picture.mode for picture in opened}
    assert [p.getexif().get(0x0112) for p in opened if p.getexif()] == [6]
    rows = [inline.row(text, "image") for text in (*edges, *usual)]
    assert all(row.dtype == np.uint8 and row.shape[2] == 3 for row in rows)
    assert rows[4].shape == (90, 60, 3), "turned upright"
    assert np.array_equal(rows[5], rows[6]), "16 bits are the same picture as 8"
    assert len({row.tobytes() for row in rows}) == len(rows) - 1
    assert sum(map(len, usual)) < 25_000


def test_usual_pictures_and_sounds_are_as_large_as_those_of_the_data():
    pytest.importorskip("PIL")
    sizes = [[300, 200]] * 10 + [[4000, 3000]] * 10
    rows = [inline.row(text, "image") for text in specimens.usual(PHOTO, sizes)]
    assert {row.shape for row in rows} == {(200, 300, 3), (480, 640, 3)}, "in proportion, and not too large"
    column = with_examples([PHOTO], {"c": [[224, 224]] * 5})[0]
    assert inline.row(column.example, "image").shape == (224, 224, 3)
    lengths = []
    for text in specimens.usual(CLIP, [0.25] * 3 + [30.0] * 3):
        with wave.open(io.BytesIO(base64.b64decode(text))) as file:
            lengths.append(file.getnframes() / file.getframerate())
    assert set(lengths) == {0.25, 1.0}


def test_sounds_are_of_many_rates_and_loudnesses():
    found = []
    for text in (*specimens.edges(CLIP)[1:], *specimens.usual(CLIP, ())):
        with wave.open(io.BytesIO(base64.b64decode(text))) as file:
            kind = "u1" if file.getsampwidth() == 1 else "<i2"
            samples = np.frombuffer(file.readframes(10**9), kind).astype(float)
            found.append((file.getframerate(), file.getnchannels(), np.abs(samples).max()))
    assert {7_919, 8_000, 11_025, 16_000, 22_050, 44_100, 48_000} == {rate for rate, _, _ in found}
    assert {1, 2} == {channels for _, channels, _ in found}
    assert {0.0, 32_767.0} <= {loudest for _, _, loudest in found}
