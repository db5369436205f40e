"""The brief: milepost.toml as a typed, frozen object that is read, checked and written with comments."""

from milepost.brief.brief import FILE, Brief
from milepost.brief.checks import inside, locate
from milepost.brief.durations import seconds, spell
from milepost.brief.tables import ColumnBrief

__all__ = ["FILE", "Brief", "ColumnBrief", "inside", "locate", "seconds", "spell"]
