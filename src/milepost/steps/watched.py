"""What `monitor` finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from milepost.steps.ageing import Aged
from milepost.steps.audited import Audited
from milepost.steps.vigil import Vigil
from milepost.steps.watch import Alarm, Looked


@dataclass(frozen=True)
class Findings:
    """What was seen in production.

    Args:
        source: where the requests were read from.
        requests: how many.
        length: length of a window in words.
        windows: every window.
        alarms: every alarm, the costliest first.
        rate: false alarms a window without change, all signals together, at most.
        wanted: the rate that was asked for.
        backtest: how the thresholds were found.
        metric: the metric of success.
        normal: its value on the sealed rows, which production is held against.
        matters: the loss of it that begins to matter, a tenth of what the model gains over knowing nothing.
        labelled: requests whose outcome has arrived.
        strange: outcomes that belong to no request that was read.
        corrected: outcomes that a later one corrected.
        maturity: days, share of requests so old whose outcome had arrived by then, and how many those are.
        vigil: the promise watched as outcomes come; None where fewer than 30 have.
        ageing: how long the model will last.
        audited: the honest score, from requests drawn at random; None where too few of them have a truth.
        asked: requests that went to people who label, by reason.
        notes: what has to be known of the requests.
    """

    source: str
    requests: int
    length: str
    windows: tuple[Looked, ...]
    alarms: tuple[Alarm, ...]
    rate: float
    wanted: float
    backtest: str
    metric: str
    normal: float
    matters: float
    labelled: int
    strange: int
    corrected: int
    maturity: tuple[tuple[int, float, int], ...]
    vigil: Vigil | None
    ageing: Aged
    audited: Audited | None
    asked: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def judged(self) -> tuple[Looked, ...]:
        """The windows with enough rows to be judged."""
        return tuple(window for window in self.windows if window.judged)
