"""Media in JSON: what is base64 or a data: URL comes in, all else is refused with its reason."""

import base64

import pytest

from milepost.shipping import inline

DATA = bytes(range(256)) * 3
TEXT = base64.b64encode(DATA).decode()


@pytest.mark.parametrize(
    "value",
    [
        TEXT,
        base64.encodebytes(DATA).decode(),
        f"data:image/png;base64,{TEXT}",
        f"data:;base64,{TEXT}",
        f"DATA:Image/JPEG;charset=x;BASE64,{TEXT}",
        f"data:application/octet-stream;base64,{TEXT}",
    ],
)
def test_what_is_taken(value):
    assert inline.unpack(value, "image") == DATA
    assert inline.pack(DATA) == TEXT


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("cat.jpg", "it is not base64"),
        ("é" + TEXT, "it is not base64"),
        (TEXT[:-1], "it is not base64"),
        ("\ud800", "it is not base64"),
        ("", "it is empty"),
        ("https://example.org/cat.jpg", "nothing is fetched"),
        (f"data:image/png,{TEXT}", "without ;base64,"),
        (f"data:audio/wav;base64,{TEXT}", "it says that it is audio/wav"),
        (f"data:text/html;base64,{TEXT}", "it says that it is text/html"),
    ],
)
def test_what_is_refused(value, reason):
    with pytest.raises(ValueError, match=reason):
        inline.unpack(value, "image")


@pytest.mark.parametrize("value", [1, True, [TEXT], {"b64": TEXT}, 1.5])
def test_what_is_no_text(value):
    with pytest.raises(TypeError):
        inline.unpack(value, "sound")


def test_what_is_too_large(monkeypatch):
    monkeypatch.setattr(inline, "MOST", 300)
    with pytest.raises(ValueError, match="it is larger than"):
        inline.unpack(TEXT, "image")
    monkeypatch.setattr(inline, "MOST", 768)
    assert inline.unpack(TEXT, "image") == DATA


def test_a_row_of_a_picture_and_the_reason_why_there_is_none():
    pytest.importorskip("PIL")
    assert inline.row(None, "image").tolist() == [[[0, 0, 0]]]
    with pytest.raises(ValueError, match="it is no picture"):
        inline.row(TEXT, "image")
