"""Packages of every door answer in ONNX Runtime Web as they do here; needs node and its package."""

import os
from pathlib import Path

import pytest

from milepost.registry import import_file
from milepost.shipping.manifest import open_package
from milepost.testing.packages import toy_package
from milepost.testing.wide import wide_package

MODULES = Path(os.environ.get("MILEPOST_NODE", "."))
browser = import_file(Path(__file__).parents[2] / "benchmarks" / "browser.py")
REASON = browser.available(MODULES.absolute())


def test_parts_hold_every_golden_row_once(tmp_path):
    wide_package(tmp_path / "wide", ("message", "age"))
    package = open_package(tmp_path / "wide")
    for batch in (1, 7, 40):
        places = [place for rows, _ in browser.feeds(package, batch) for place in rows.tolist()]
        assert sorted(places) == list(range(40))


@pytest.mark.slow
@pytest.mark.skipif(bool(REASON), reason=f"{REASON}; MILEPOST_NODE names the folder")
@pytest.mark.parametrize("kind", ["table", "text", "photo", "clip"])
def test_a_browser_gives_the_answers_of_the_package(tmp_path, kind):
    if kind == "table":
        toy_package(tmp_path / kind)
    else:
        wide_package(tmp_path / kind, ("age", "message") if kind == "text" else (kind,))
    seen = browser.compare(open_package(tmp_path / kind), MODULES.absolute())
    assert seen.version.startswith("1.")
    assert seen.problems == ()
    assert seen.flips == 0
    assert seen.golden < 1e-5
