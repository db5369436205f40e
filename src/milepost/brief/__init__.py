"""The brief: milepost.toml as a typed, frozen object that is read, checked and written with comments."""

from milepost.brief.brief import FILE, Brief, part
from milepost.brief.checks import inside, locate
from milepost.brief.durations import seconds, spell
from milepost.brief.tables import (
    Budget,
    ColumnBrief,
    Constraints,
    Correction,
    Data,
    Existing,
    People,
    Problem,
    Success,
    Target,
    Value,
)

__all__ = [
    "FILE",
    "Brief",
    "Budget",
    "ColumnBrief",
    "Constraints",
    "Correction",
    "Data",
    "Existing",
    "People",
    "Problem",
    "Success",
    "Target",
    "Value",
    "inside",
    "locate",
    "part",
    "seconds",
    "spell",
]
