"""Charts as SVG, drawn without a browser, beside the work that makes them, and remembered."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from milepost.report.blocks import Chart

_OPEN = re.compile(r"<svg[^>]*?viewBox=\"([^\"]+)\"[^>]*>")
_PLACE = re.compile(r' (?:d|transform|x|y|x2|y2|width|height)="[^"]*"')
_LONG = re.compile(r"(\d+\.\d)\d+")
_FAINT = re.compile(r'(opacity="\d\.\d\d)\d+"')
_NEEDLESS = re.compile(r' (?:aria-\w+|role|font-family|class|pointer-events|stroke-miterlimit)="[^"]*"')
_EMPTY = re.compile(r'<path d="(?:M0,0h0v0h0Z)?"[^>]*/>|<path d=""[^>]*/>')
_SCHEMA = re.compile(rb"vega-lite/v(\d+\.\d+)")
_MOST = 512
"""Pictures that are remembered, the latest ones."""
_PLAIN = b'{"mark":"point","data":{"values":[]}}'
_pool = ThreadPoolExecutor(1, thread_name_prefix="milepost-svg")
_begun: dict[bytes, Future[str]] = {}


def ahead(charts: Iterable[Chart] = ()) -> None:
    """Begins to draw charts that will be asked for; without any, wakes the program that draws.

    It runs beside Python, and takes half a second to wake.
    """
    found = list(charts)
    for spec in [msgspec.json.encode(chart.spec) for chart in found if not chart.svg]:
        _begin(spec)
    if not found:
        _begin(_PLAIN)


def draw(charts: Iterable[Chart]) -> list[str]:
    """Returns each chart as an `<svg>` element for an HTML page; a chart drawn before costs nothing.

    The element has a viewBox and no fixed size, the chart's `alt` as its label, and coordinates to a tenth
    of a pixel.
    """
    shown = [(chart, None if chart.svg else _begin(msgspec.json.encode(chart.spec))) for chart in charts]
    return [_labelled(begun.result() if begun else chart.svg, chart.alt) for chart, begun in shown]


def _begin(spec: bytes) -> Future[str]:
    if spec not in _begun:
        while len(_begun) >= _MOST:
            del _begun[next(iter(_begun))]
        _begun[spec] = _pool.submit(_drawn, spec)
    return _begun[spec]


def _drawn(spec: bytes) -> str:
    import vl_convert

    written = _SCHEMA.search(spec)
    version = written[1].decode() if written else None
    return str(vl_convert.vegalite_to_svg(spec.decode(), vl_version=version))


def _labelled(svg: str, alt: str) -> str:
    """The SVG without its fixed size and needless digits, with a label."""
    found = _OPEN.search(svg)
    assert found is not None, "an SVG begins with its viewBox"
    width, height = found[1].split()[2:4]
    head = (
        f'<svg viewBox="{found[1]}" role="img" aria-label="{html.escape(alt)}" class="chart" '
        f'style="aspect-ratio:{width}/{height}" xmlns="http://www.w3.org/2000/svg">'
    )
    body = _NEEDLESS.sub("", svg[found.end() :])
    body = _FAINT.sub(r'\1"', body)
    return head + _EMPTY.sub("", _PLACE.sub(lambda place: _LONG.sub(r"\1", place[0]), body))
