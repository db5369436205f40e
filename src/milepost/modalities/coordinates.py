"""Which columns are coordinates, by their names."""

from __future__ import annotations

import re

LATITUDES = {"lat", "latitude"}
LONGITUDES = {"lon", "lng", "long", "longitude"}


def coordinate(name: str) -> str:
    """Returns "latitude", "longitude" or "" by a column's name.

    >>> coordinate("pickup_lat"), coordinate("Longitude"), coordinate("plate")
    ('latitude', 'longitude', '')
    """
    side, _ = split(name)
    return side


def split(name: str) -> tuple[str, str]:
    """Returns the coordinate that a name says, and the rest of the name, which a pair shares.

    >>> split("pickup_lat"), split("lngOfStop")
    (('latitude', 'pickup'), ('longitude', 'of stop'))
    """
    words = re.findall(r"[a-z]+|[0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())
    for at, word in enumerate(words):
        side = "latitude" if word in LATITUDES else "longitude" if word in LONGITUDES else ""
        if side:
            return side, " ".join(words[:at] + words[at + 1 :])
    return "", " ".join(words)
