"""The page on which a row can be tried: it stands alone, fits the package, and works in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from milepost.serving.trial import page
from milepost.shipping.manifest import Column, Manifest
from milepost.shipping.package import with_examples

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update")  # fmt: skip


def test_the_page_stands_alone(served) -> None:
    reply = served.http.get("/docs")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert not re.search(r"(src|href)\s*=\s*['\"]?(https?:)?//|url\(|@import", reply.text)
    for column in served.http.get("/", headers={"accept": "application/json"}).json()["columns"]:
        assert f"name='{column['name']}'" in reply.text


def shown(one, folder: Path, clicks: str) -> str:
    """What the page's answer holds after some clicks; the page is a copy that asks the real server."""
    address = str(one.http.base_url).rstrip("/")
    local = folder / "page.html"
    asking = f"<script>{clicks};document.querySelector('form').requestSubmit()</script></html>"
    there = f"<form id=row action='{address}/predict'>"
    page = one.http.get("/docs").text.replace("<form id=row>", there)
    local.write_text(page.replace("</html>", asking))
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={folder / 'profile'}", "--disable-web-security",
               "--virtual-time-budget=8000", "--dump-dom", local.as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    found = re.search(r"<div id=\"answer\".*?</div>.*?</pre>", done.stdout, re.DOTALL)
    assert found is not None, done.stderr[-500:]
    return found[0]


def example(one) -> dict:
    return one.http.get("/", headers={"accept": "application/json"}).json()["example"]


def as_shown(answer: dict) -> list[str]:
    return [f"{100 * v:.1f} %" if name.startswith("proba_") else str(v) for name, v in answer.items()]


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_a_browser_asks_and_shows_the_answer(served, tmp_path: Path) -> None:
    text = shown(served, tmp_path, "")
    (answer,) = served.http.post("/predict", json=example(served)).json()["answers"]
    assert all(name in text for name in answer)
    assert all(said in text for said in as_shown(answer))


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_a_text_and_a_chosen_picture_are_asked(wide, served_wide, tmp_path: Path) -> None:
    (tmp_path / "example").mkdir()
    text = shown(served_wide, tmp_path / "example", "")
    (answer,) = served_wide.http.post("/predict", json=example(served_wide)["rows"]).json()["answers"]
    assert all(said in text for said in as_shown(answer))
    assert "characters of base64" in text

    chosen = next(value for value in wide["mixed"].rows["photo"][1:] if value and len(value) < 300)
    clicks = (
        f"const bytes = Uint8Array.from(atob('{chosen}'), c => c.charCodeAt(0)), bag = new DataTransfer();"
        "bag.items.add(new File([bytes], 'a.png', {type: 'image/png'}));"
        "const file = document.querySelector('input[type=file]'); file.files = bag.files;"
        "document.querySelector('textarea').value = 'A new text';"
        "file.dispatchEvent(new Event('change'));"
        "const late = form.requestSubmit.bind(form); form.requestSubmit = () => setTimeout(late, 500)"
    )
    (tmp_path / "chosen").mkdir()
    text = shown(served_wide, tmp_path / "chosen", clicks)
    row = {**example(served_wide)["rows"][0], "message": "A new text", "photo": chosen}
    (answer,) = served_wide.http.post("/predict", json=row).json()["answers"]
    assert all(said in text for said in as_shown(answer))

    (tmp_path / "none").mkdir()
    text = shown(served_wide, tmp_path / "none", "document.querySelector('button.less').click()")
    row = {**example(served_wide)["rows"][0], "photo": None}
    (answer,) = served_wide.http.post("/predict", json=row).json()["answers"]
    assert all(said in text for said in as_shown(answer))
    assert '"photo": null' in text


def test_a_page_for_sounds_has_a_player() -> None:
    clips = with_examples([Column("clip", "sound", "sound", "wave")], {})
    say = Column("say", "text", "text", "bytes", "</b>\n<i>")
    made = Manifest("m", {"labels": ["a", "b"]}, (*clips, say), ())
    text = page(made)
    assert "<audio controls data-shows='clip'>" in text
    assert "accept='audio/*'" in text
    assert "data:audio/wav;base64," in text
    assert "&lt;/b&gt;\n&lt;i&gt;</textarea>" in text
