"""Bytes of media are looked at before they are collected."""

from milepost.modalities import examine


def test_bytes_are_examined_and_never_make_it_fail(monkeypatch):
    def look(data):
        if data.endswith(b"?"):
            raise ValueError("broken stream\nat byte 7")
        return {"width": len(data)}, ""

    monkeypatch.setitem(examine._examiners, "image", look)
    start = b"\x89PNG\r\n\x1a\n"
    assert examine.examine(start, "image") == ({"width": 8}, "")
    assert examine.examine(start + b"?", "image") == ({}, "it cannot be decoded (broken stream)")
    assert examine.examine(b"", "image")[1] == "it is empty (0 bytes)"
    assert examine.examine(b"fLaC", "image")[1] == "its bytes are those of a sound"


def test_where_no_examiner_is_known_the_first_bytes_tell(monkeypatch):
    monkeypatch.delitem(examine._examiners, "sound", raising=False)
    assert examine.examine(b"OggS....", "sound") == ({}, "")
    assert examine.examine(b"a,b,c", "sound")[1] == "its bytes are not those of a sound"


def test_an_examiner_that_registers_is_asked(monkeypatch):
    monkeypatch.setattr(examine, "_examiners", {})
    examine.examiner("image", lambda data: ({}, "it is too large"))
    assert examine.examine(b"GIF89a", "image")[1] == "it is too large"
