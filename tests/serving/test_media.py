"""Images and sounds beside the log: references in rows, bytes once by digest, the oldest given up."""

import base64
import hashlib
import io
import json
import os
import wave

import numpy as np
import pytest

from milepost.data.traffic import traffic
from milepost.digest import under
from milepost.modalities import media
from milepost.serving.media import Scribe
from milepost.shipping.batch import predictions

Image = pytest.importorskip("PIL.Image")


def picture(grey, side=20):
    stream = io.BytesIO()
    Image.new("RGB", (side, 2 * side), (grey, grey, grey)).save(stream, "PNG")
    return stream.getvalue()


def text(data):
    return base64.b64encode(data).decode()


def test_rows_hold_references_and_the_bytes_are_kept_once(tmp_path):
    scribe, data = Scribe(tmp_path, {"photo": "image"}), picture(51)
    rows = [
        {"photo": text(data), "age": 3},
        {"photo": f"data:image/png;base64,{text(data)}"},
        {"photo": None},
    ]
    made, told = scribe(rows)
    key = hashlib.sha256(data).hexdigest()
    assert made == [{"photo": f"image:{key}", "age": 3}, {"photo": f"image:{key}"}, {"photo": None}]
    seen = {"photo": {"bytes": len(data), "width": 20, "height": 40, "brightness": 0.2}}
    assert told == [seen, seen, {}]
    assert rows[0]["photo"] == text(data), "what was asked is not changed"
    (kept,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept == under(tmp_path / "media", key)
    assert kept.read_bytes() == data


def test_the_oldest_are_given_up_where_there_are_too_many(tmp_path):
    pictures = [picture(grey, 60) for grey in range(12)]
    size = len(pictures[0])
    scribe = Scribe(tmp_path, {"photo": "image"}, most=5 * size + 10)
    for at, data in enumerate(pictures):
        scribe([{"photo": text(data)}])
        path = under(tmp_path / "media", hashlib.sha256(data).hexdigest())
        os.utime(path, (1_000 + at, 1_000 + at))
        assert sum(f.stat().st_size for f in tmp_path.rglob("*") if f.is_file()) <= 5 * size + 10
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    names = [hashlib.sha256(data).hexdigest() for data in pictures]
    assert names[-1] in kept
    assert names[0] not in kept
    assert kept == set(names[-len(kept) :]), "those that came last"


def test_none_are_kept_where_none_are_wanted(tmp_path):
    made, told = Scribe(tmp_path, {"photo": "image"}, most=0)([{"photo": text(picture(9))}])
    assert made[0]["photo"].startswith("image:")
    assert told[0]["photo"]["width"] == 20
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_sound_is_told_of_by_rate_seconds_and_loudness(tmp_path):
    pytest.importorskip("soundfile")
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(np.full(4_000, 16_384, "<i2").tobytes())
    made, told = Scribe(tmp_path, {"clip": "sound"})([{"clip": text(stream.getvalue())}])
    assert made[0]["clip"].startswith("sound:")
    assert told[0]["clip"] == {"bytes": 8_044, "rate": 8_000.0, "seconds": 0.5, "loudness": 0.5}


def test_the_server_logs_pictures_by_reference(wide, serve, tmp_path):
    data = picture(90)
    row = {"age": 3, "message": "Zürich \0 e\u0301", "photo": text(data)}
    with serve(wide["root"] / "mixed", "--log", str(tmp_path / "log")) as one:
        assert one.http.post("/predict", json={"rows": [row, {**row, "photo": None}]}).status_code == 200
        assert one.http.post("/predict", json={**row, "photo": "x"}).status_code == 400
        one.stop()
    (file,) = (tmp_path / "log").glob("requests-*.jsonl")
    first, second = (json.loads(line) for line in file.read_text().splitlines())
    key = hashlib.sha256(data).hexdigest()
    assert [r["photo"] for r in first["rows"]] == [f"image:{key}", None]
    assert first["rows"][0]["message"] == row["message"]
    assert first["media"][0]["photo"]["width"] == 20
    assert second["status"] == 400
    assert "not base64" in second["error"]
    assert under(tmp_path / "log" / "media", key).read_bytes() == data
    assert file.stat().st_size < 2_000


def test_requests_with_pictures_are_read_and_answered_again(wide, serve, tmp_path):
    data = [picture(grey) for grey in (0, 120, 240)]
    with serve(wide["root"] / "photo", "--log", str(tmp_path / "log")) as one:
        rows = [{"photo": text(data[0])}, {"photo": text(data[1])}, {"photo": None}, {"photo": text(data[2])}]
        said = one.http.post("/predict", json={"rows": rows}).json()["answers"]
        one.stop()
    made = traffic(tmp_path / "log")
    assert media.kind_of(made.frame["photo"]) == "image"
    assert media.load(made.frame["photo"][1]) == data[1]
    again = predictions(wide["photo"], made.frame)
    assert again.tolist() == pytest.approx([answer["proba_odd"] for answer in said], abs=1e-6)
    assert len(set(again.round(3))) == 3, "black, as a missing picture is, and two others"
