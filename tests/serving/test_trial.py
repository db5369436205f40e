"""The page on which a row can be tried: it stands alone, fits the package, and works in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

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


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_a_browser_asks_and_shows_the_answer(served, tmp_path: Path) -> None:
    address = str(served.http.base_url).rstrip("/")
    page = served.http.get("/docs").text
    asking = "<script>document.querySelector('form').requestSubmit()</script></html>"
    local = tmp_path / "page.html"  # the page with a click, asking the real server
    local.write_text(page.replace("fetch('predict'", f"fetch('{address}/predict'").replace("</html>", asking))
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--disable-web-security",
               "--virtual-time-budget=8000", "--dump-dom", local.as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    answer = served.http.post(
        "/predict", json=served.http.get("/", headers={"accept": "application/json"}).json()["example"]
    )
    shown = re.search(r"<div id=\"answer\".*?</div>", done.stdout, re.DOTALL)
    assert shown is not None, done.stderr[-500:]
    for name, value in answer.json()["answers"][0].items():
        assert name in shown[0]
        said = f"{100 * value:.1f} %" if name.startswith("proba_") else str(value)
        assert said in shown[0]
