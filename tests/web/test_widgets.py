"""Every kind of label is given in a real browser, by keys alone, on what its items show."""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from tests.web.conftest import CHROMIUM, Desk
from tests.web.test_browser import opened
from tests.web.test_labelling import PETS, READY, photo, sent

from milepost.digest import digest_bytes
from milepost.labels.labelset import LabelSet
from milepost.store.stock import NewItem

pytest.importorskip("playwright.sync_api", reason="the extra [dev] brings Playwright")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]


def tone() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes((np.sin(np.arange(8000) / 5) * 9000).astype("<i2").tobytes())
    return out.getvalue()


KINDS = [
    (PETS, "photo", ["2"], "dog"),
    (LabelSet.start("t", "tags", ["Wet", "Cold"]), "text", ["2", "1"], ["cold", "wet"]),
    (LabelSet.start("n", "number"), "row", ["1", ".", "5"], 1.5),
    (LabelSet.start("v", "vector", ["x", "y"]), "row", ["1", "Tab", "2"], [1.0, 2.0]),
    (LabelSet.start("p", "pair"), "pair", ["2"], "b"),
    (LabelSet.start("l", "like"), "sound", ["2"], False),
    (
        LabelSet.start("b", "boxes", ["Car", "Bus"]), "photo",
        ["2", " ", " ", "ArrowRight", "ArrowRight", "ArrowDown", " ", "Escape"],
        [{"label": "bus", "x": 320.0, "y": 240.0, "w": 32.0, "h": 16.0}],
    ),
    (
        LabelSet.start("q", "polygons", ["Car"]), "photo",
        [" ", " ", "ArrowRight", " ", "ArrowDown", " ", "Enter", "Escape"],
        [{"label": "car", "points": [[320.0, 240.0], [336.0, 240.0], [336.0, 256.0]]}],
    ),
    (LabelSet.start("m", "mask", ["Car"]), "photo", [" ", " ", "ArrowRight", " ", "Escape"], "a mask"),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "shows", "keys", "value"), KINDS, ids=[kind[0].kind for kind in KINDS])
def test_every_kind_of_label_is_given_by_keys(
    browser: Any, desk: Desk, labels: LabelSet, shows: str, keys: list[str], value: Any
) -> None:
    media = {"image": photo(1), "sound": tone()}
    image, sound = (f"{kind}:{digest_bytes(data)}" for kind, data in media.items())
    content = {
        "photo": {"photo": image}, "sound": {"example": sound, "sound": sound},
        "text": {"text": "It rains, and it is cold.\n" * 9},
        "row": {"age": 3, "name": "<b>Ann", "gone": None},
        "pair": {"a": image, "b": {"picture": image, "age": 3}},
    }[shows]  # fmt: skip
    app = desk(labels, [NewItem(content)])
    for data in media.values():
        app.state.site.project.blobs.put(data)
    with opened(browser, app, "bob", viewport={"width": 390, "height": 844}) as page:
        page.goto("/label")
        page.wait_for_selector(READY)
        if "photo" in content:
            page.wait_for_function("() => document.querySelector('#item img').complete")
        if shows == "sound":
            page.wait_for_function("() => document.querySelector('canvas.wave').dataset.samples > 40000")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.wait_for_timeout(200)
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        page.wait_for_selector("#work[data-item='']")
        sent(page)
        assert page.wrong == []
    (answer,) = app.state.site.labels.answers.all().values
    if value == "a mask":
        (mask,) = answer
        assert (mask["label"], mask["width"], mask["height"]) == ("car", 640, 480)
        painted = sum(mask["rle"][1::2])
        assert abs(painted - (np.pi * 16**2 + 32 * 16)) < 80, "a stroke of the brush, 16 long and 32 wide"
    else:
        assert answer == value


def test_a_box_that_is_dragged_lies_where_the_picture_shows_it(browser: Any, desk: Desk) -> None:
    red, out = Image.new("RGB", (640, 480), "white"), io.BytesIO()
    ImageDraw.Draw(red).rectangle([200, 120, 299, 239], "red")
    red.save(out, "PNG")
    item = NewItem({"photo": f"image:{digest_bytes(out.getvalue())}"})
    app = desk(LabelSet.start("b", "boxes", ["Car"]), [item])
    app.state.site.project.blobs.put(out.getvalue())
    with opened(browser, app, "bob", viewport={"width": 1366, "height": 844}) as page:
        page.goto("/label")
        page.wait_for_selector(READY)
        page.wait_for_function("() => document.querySelector('#item img').complete")
        page.keyboard.press("+")
        page.keyboard.press("0")
        seen, pane = (page.locator(name).bounding_box() for name in ("#item img", ".pane"))
        assert pane["y"] <= seen["y"]
        assert seen["y"] + seen["height"] <= pane["y"] + pane["height"] + 1, "all of the picture is seen"
        scale = seen["width"] / 640
        assert seen["height"] / 480 == pytest.approx(scale, rel=0.01)
        for x, y, act in ((200, 120, page.mouse.down), (250, 200, None), (300, 240, page.mouse.up)):
            page.mouse.move(seen["x"] + x * scale, seen["y"] + y * scale)
            if act is not None:
                act()
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        sent(page)
        assert page.wrong == []
    ((box,),) = app.state.site.labels.answers.all().values
    assert [box["x"], box["y"], box["w"], box["h"]] == pytest.approx([200, 120, 100, 120], abs=1.5)
