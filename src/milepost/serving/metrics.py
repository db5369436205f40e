"""Counts requests and their latency, and shows them in the text format of Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from milepost.serving.codec import Reply
from milepost.serving.log import Log
from milepost.shipping.manifest import Manifest

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the latency histogram, seconds."""
KIND = b"text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What one server process has done; written only by its event loop."""

    def __init__(self, manifest: Manifest, log: Log | None) -> None:
        self.manifest, self.log = manifest, log
        self.requests: Counter[tuple[str, int]] = Counter()
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.rows = 0

    def add(self, route: str, status: int, rows: int, seconds: float) -> None:
        """Counts one request; latency is that of predictions."""
        self.requests[route, status] += 1
        if rows:
            self.rows += rows
            self.seconds += seconds
            self.buckets[bisect_left(BOUNDS, seconds)] += 1

    def text(self) -> Reply:
        """The metrics as text."""
        lines = [*_head("milepost_model_info", "gauge", "The model that answers.")]
        name, version = _label(self.manifest.name), self.manifest.version
        lines.append(f'milepost_model_info{{model="{name}",version="{version}"}} 1')
        lines += _head("milepost_requests_total", "counter", "Requests, by route and status code.")
        for (route, status), count in sorted(self.requests.items()):
            lines.append(f'milepost_requests_total{{route="{route}",code="{status}"}} {count}')
        lines += _head("milepost_rows_total", "counter", "Rows answered.")
        lines.append(f"milepost_rows_total {self.rows}")
        lines += self._histogram()
        if self.log is not None:
            lines += _head("milepost_log_waiting", "gauge", "Requests answered and not yet in the log.")
            lines.append(f"milepost_log_waiting {self.log.waiting}")
            lines += _head("milepost_log_dropped_total", "counter", "Requests that the log could not take.")
            lines.append(f"milepost_log_dropped_total {self.log.dropped}")
        return Reply("\n".join([*lines, ""]).encode(), 200, KIND)

    def _histogram(self) -> list[str]:
        name = "milepost_prediction_seconds"
        lines, total = [*_head(name, "histogram", "Time from the request to its answer.")], 0
        for bound, count in zip((*BOUNDS, "+Inf"), self.buckets, strict=True):
            total += count
            lines.append(f'{name}_bucket{{le="{bound}"}} {total}')
        return [*lines, f"{name}_sum {self.seconds:.6f}", f"{name}_count {total}"]


def _head(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
