"""From a file's bytes to UTF-8 text: unpacking, character encodings, and what a file really is."""

from __future__ import annotations

import codecs
import io
import zipfile
from dataclasses import dataclass

from milepost.errors import InputError

_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz"}
_BINARY = {
    b"PAR1": ("Parquet", ".parquet"),
    b"PK\x03\x04": ("zip or Excel", ".zip or .xlsx"),
    b"\xd0\xcf\x11\xe0": ("old Excel", ".xls"),
    b"SQLite format 3\x00": ("SQLite", "sqlite:///...?table=..."),
}
_BLOCK = 1 << 20
_UNDEFINED_CP1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)


@dataclass(frozen=True)
class Text:
    """UTF-8 bytes without a byte order mark, and what had to be done to get them.

    Args:
        data: the text.
        encoding: how the file was written: "utf-8", "utf-16", "cp1252" or "latin-1".
        notes: sentences for the user.
    """

    data: bytes
    encoding: str
    notes: tuple[str, ...] = ()


def unpack(data: bytes, name: str) -> bytes:
    """Returns the bytes inside a gzip, zstd, bz2, xz or zip file; other bytes come back unchanged.

    Raises:
        InputError: the packed file is broken, or a zip holds more than one file.
    """
    try:
        for magic, kind in _PACKED.items():
            if data.startswith(magic):
                return _inflate(data, kind)
        if data.startswith(b"PK\x03\x04"):
            return _unzip(data, name)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, RuntimeError) as problem:
        raise InputError(
            f"the packed file '{name}' cannot be unpacked ({problem}).", todo="Fetch or pack the file again."
        ) from problem
    return data


def _inflate(data: bytes, kind: str) -> bytes:
    if kind == "gzip":
        import gzip
        import zlib

        try:
            return gzip.decompress(data)
        except zlib.error as problem:
            raise ValueError(str(problem)) from problem
    if kind == "bz2":
        import bz2

        return bz2.decompress(data)
    if kind == "xz":
        import lzma

        try:
            return lzma.decompress(data)
        except lzma.LZMAError as problem:
            raise ValueError(str(problem)) from problem
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        return bytes(stream.read())


def _unzip(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = [item for item in archive.namelist() if not item.endswith("/") and "__MACOSX" not in item]
        if "[Content_Types].xml" in inside:
            return data
        if len(inside) != 1:
            raise InputError(
                f"the zip file '{name}' holds {len(inside)} files.",
                expected="One table in a zip file is expected.",
                todo="Unpack it and give the folder or one of its files.",
            )
        return archive.read(inside[0])


def decode(data: bytes, name: str) -> Text:
    """Returns a text file's bytes as UTF-8 without byte order mark.

    UTF-8 and UTF-16 are recognised with certainty; anything else is read as Windows-1252 (Latin-1 where that
    leaves a byte undefined), with a note.

    Raises:
        InputError: the bytes are not text.

    >>> decode("é,1".encode("cp1252"), "a.csv").data.decode()
    'é,1'
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    for magic, (kind, suffix) in _BINARY.items():
        if data.startswith(magic):
            raise InputError(
                f"'{name}' is not text but a {kind} file.", todo=f"Give it as what it is: {suffix}."
            )
    wide = _wide(data)
    if wide:
        try:
            return Text(data.decode(wide).lstrip("\ufeff").encode(), "utf-16", (f"'{name}' is UTF-16 text.",))
        except UnicodeDecodeError as problem:
            raise _not_text(name, problem.start) from problem
    if b"\x00" in data[:_BLOCK]:
        raise _not_text(name, data.index(b"\x00"))
    bad = _first_bad(data)
    if bad is None:
        return Text(data, "utf-8")
    encoding = "latin-1" if any(byte in data for byte in _UNDEFINED_CP1252) else "cp1252"
    spoken = {"cp1252": "Windows-1252", "latin-1": "Latin-1"}[encoding]
    note = f"'{name}' is not UTF-8 (first at byte {bad}); it was read as {spoken}."
    return Text(data.decode(encoding).encode(), encoding, (note,))


def _not_text(name: str, position: int) -> InputError:
    return InputError(
        f"'{name}' is not text: byte {position} cannot be part of a text file.",
        todo="Give a CSV, TSV, JSON, Parquet or Excel file with its usual suffix.",
    )


def _wide(data: bytes) -> str | None:
    """The UTF-16 flavour of the bytes, by their mark or by where the zero bytes lie."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:4096]
    if len(head) < 4 or b"\x00" not in head:
        return None
    half = len(head) // 2
    even, odd = head[0::2].count(0) / half, head[1::2].count(0) / half
    if odd > 0.7 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 and odd < 0.1 else None


def _first_bad(data: bytes) -> int | None:
    """The position of the first byte that is not UTF-8, read in blocks to keep memory flat."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, max(len(data), 1), _BLOCK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + _BLOCK], final=start + _BLOCK >= len(data))
        except UnicodeDecodeError as problem:
            return start - pending + problem.start
    return None
