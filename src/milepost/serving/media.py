"""Images and sounds beside the request log: kept once by digest, the oldest given up, told of in numbers."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from milepost.digest import Digest, Json, digest_bytes, under
from milepost.errors import MilepostError
from milepost.modalities.doors import Array, decode
from milepost.shipping import inline

KEEP = 1_000_000_000
"""Bytes of images and sounds that are kept, unless said otherwise."""
FOLDER = "media"
"""Where they lie, inside the folder of the log; the first two digits of the digest name a folder."""


class Scribe:
    """Takes images and sounds out of rows: a reference stays, `image:DIGEST` or `sound:DIGEST`.

    Called with rows it returns them so, and of each row what is told of its media by column: bytes, and
    width, height and brightness (0 to 1) of a picture, or rate (Hz), seconds and loudness (root mean
    square, 0 to 1) of a sound. It writes the bytes that were not there to `media/`, and where these are
    more than `most` it gives up the ones written longest ago.

    Args:
        folder: the log's folder.
        kinds: the kind, "image" or "sound", of each column that holds media.
        most: bytes that are kept; 0 keeps none.
    """

    def __init__(self, folder: Path, kinds: Mapping[str, str], most: int = KEEP) -> None:
        self.folder, self.kinds, self.most = folder / FOLDER, kinds, most
        self._held = -1

    def __call__(self, rows: list[Any]) -> tuple[list[Any], list[Any]]:
        """Rows with references, and what is told of their media."""
        made, told = [], []
        for row in rows:
            seen: dict[str, Json] = {}
            plain = dict(row)
            for name, kind in self.kinds.items():
                data = inline.unpack(row.get(name), kind)
                if data is None:
                    continue
                key = digest_bytes(data)
                plain[name] = f"{kind}:{key}"
                seen[name] = {"bytes": len(data), **_statistics(data, kind)}
                self._keep(key, data)
            made.append(plain)
            told.append(seen)
        return made, told

    def _keep(self, key: Digest, data: bytes) -> None:
        if len(data) > self.most:
            return
        path = under(self.folder, key)
        try:
            if path.exists():
                os.utime(path)
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{key}.{os.getpid()}")
            fresh.write_bytes(data)
            fresh.replace(path)
        except OSError as problem:
            print(f"milepost: an image or sound was not kept: {problem}", file=sys.stderr, flush=True)
            return
        if self._held >= 0:
            self._held += len(data)
        if self._held < 0 or self._held > self.most:
            self._held = self._give_up()

    def _give_up(self) -> int:
        """Removes what was written longest ago until a tenth is free; returns the bytes that stay."""
        found = []
        for path in self.folder.glob("*/*"):
            with suppress(OSError):  # another process of the server may have been here
                facts = path.stat()
                found.append((facts.st_mtime_ns, facts.st_size, path))
        held = sum(size for _, size, _ in found)
        if held <= self.most:
            return held
        for _, size, path in sorted(found):
            if held <= 0.9 * self.most:
                break
            with suppress(OSError):
                path.unlink()
            held -= size
        return held


def _statistics(data: bytes, kind: str) -> dict[str, Json]:
    try:
        row = decode(data, inline.KINDS[kind])
    except MilepostError:
        return {}
    return _picture(row) if kind == "image" else _sound(row)


def _picture(row: Array) -> dict[str, Json]:
    height, width, _ = row.shape
    return {"width": width, "height": height, "brightness": round(float(row.mean()) / 255, 4)}


def _sound(row: Array) -> dict[str, Json]:
    rate, samples = float(row[0]), row[1:]
    loudness = float(np.sqrt(np.square(samples, dtype=np.float64).mean()))
    return {"rate": rate, "seconds": round(len(samples) / rate, 4), "loudness": round(loudness, 4)}
