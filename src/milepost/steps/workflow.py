"""The road: the mileposts in order."""

from __future__ import annotations

from milepost.steps.annotate import Annotate
from milepost.steps.base import Step
from milepost.steps.baseline import Baseline
from milepost.steps.collect import Collect
from milepost.steps.explain import Explain
from milepost.steps.final import Final
from milepost.steps.frame import Frame
from milepost.steps.measure import Measure
from milepost.steps.monitor import Monitor
from milepost.steps.overfit import Overfit
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.renew import Renew
from milepost.steps.ship import Ship
from milepost.steps.tune import Tune
from milepost.steps.understand import Understand

ROAD: tuple[type[Step], ...] = (
    Frame,
    Collect,
    Annotate,
    Understand,
    Measure,
    Prepare,
    Protocol,
    Baseline,
    Overfit,
    Tune,
    Final,
    Explain,
    Ship,
)

BEYOND: tuple[type[Step], ...] = (Monitor, Renew)
"""Steps past the road: each is run by its own command, as it needs what production brings."""
