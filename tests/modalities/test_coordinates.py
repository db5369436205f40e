"""Coordinates are known by the words of their names."""

import pytest

from milepost.modalities.coordinates import split


@pytest.mark.parametrize(
    ("name", "side", "rest"),
    [
        ("lat", "latitude", ""),
        ("Longitude", "longitude", ""),
        ("pickup_lat", "latitude", "pickup"),
        ("pickupLng", "longitude", "pickup"),
        ("lat_2", "latitude", "2"),
        ("start station longitude", "longitude", "start station"),
        ("plate", "", "plate"),
        ("relation", "", "relation"),
        ("latest", "", "latest"),
    ],
)
def test_split(name, side, rest):
    assert split(name) == (side, rest)
