"""Charts as SVG, drawn without a browser and remembered by their digest."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from milepost.report.blocks import Chart

_OPEN = re.compile(r"<svg[^>]*?viewBox=\"([^\"]+)\"[^>]*>")
_PLACE = re.compile(r' (?:d|transform|x|y|x2|y2|width|height)="[^"]*"')
_LONG = re.compile(r"(\d+\.\d)\d+")
_FAINT = re.compile(r'(opacity="\d\.\d\d)\d+"')
_NEEDLESS = re.compile(r' (?:aria-\w+|role|font-family|class|pointer-events|stroke-miterlimit)="[^"]*"')
_EMPTY = re.compile(r'<path d="(?:M0,0h0v0h0Z)?"[^>]*/>|<path d=""[^>]*/>')


def draw(charts: Iterable[Chart]) -> list[str]:
    """Returns each chart as an `<svg>` element for an HTML page; a chart drawn before costs nothing.

    The element has a viewBox and no fixed size, the chart's `alt` as its label, and coordinates to a tenth
    of a pixel.
    """
    return [_labelled(_drawn(msgspec.json.encode(chart.spec)), chart.alt) for chart in charts]


@lru_cache(maxsize=512)
def _drawn(spec: bytes) -> str:
    import altair
    import vl_convert

    version = ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])
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
