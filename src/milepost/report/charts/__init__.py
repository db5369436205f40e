"""The charts of the report: functions from plain numbers to a `Chart`."""

from milepost.report.charts.capacity import capacity
from milepost.report.charts.compare import confusion, forest, importance
from milepost.report.charts.curves import calibration, curve_band, effects, tradeoff, training_curves, trend
from milepost.report.charts.frontier import frontier
from milepost.report.charts.places import places
from milepost.report.charts.slices import slices
from milepost.report.charts.spread import bars, histogram, missing, overlay, scatter

__all__ = [
    "bars",
    "calibration",
    "capacity",
    "confusion",
    "curve_band",
    "effects",
    "forest",
    "frontier",
    "histogram",
    "importance",
    "missing",
    "overlay",
    "places",
    "scatter",
    "slices",
    "tradeoff",
    "training_curves",
    "trend",
]
