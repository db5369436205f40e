"""The application as a whole: errors as pages or JSON, nothing for those who ask for what is not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.web.conftest import visitor

from milepost.errors import BriefError
from milepost.web.app import create


@pytest.mark.parametrize(
    "path",
    [
        "/../milepost.toml", "/static/../app.py", "/static/..%2f..%2fapp.py", "/static/%2e%2e/app.py",
        "/static/vendor/htmx.min.js", "/static//etc/passwd", "/static/web.css%00.js", "/.milepost/rows.db",
        "/package/..%2f.milepost%2frows.db", "/nowhere", "/docs", "/openapi.json",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file(reader: Callable[..., Any], path: str) -> None:
    answer = reader("owner").get(path)
    assert answer.status_code == 404, answer.text[:200]
    assert "root:" not in answer.text
    assert "[problem]" not in answer.text


def test_errors_come_as_pages_and_as_json(reader: Callable[..., Any]) -> None:
    visitor = reader("owner")
    page, twin = visitor.get("/steps/tun"), visitor.get("/steps/tun.json")
    assert page.status_code == twin.status_code == 400
    assert "there is no milepost &#39;tun&#39;." in page.text
    assert "Did you mean &#39;tune&#39;?" in page.text
    said = {
        "kind": "UsageError",
        "what": "there is no milepost 'tun'.",
        "expected": "",
        "todo": "Did you mean 'tune'?",
    }
    assert twin.json() == {"error": said, "code": 400}
    assert visitor.client.delete("/road").status_code == 405


def test_a_fault_tells_no_secrets(copied: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    app = create(copied.folder)

    def broken(cookies: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(app.state.site, "who", broken)
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    for path in ("/road", "/road.json"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "a secret" not in answer.text
    assert "a secret" in capsys.readouterr().err


def test_a_brief_that_cannot_be_is_told_before_anything_is_served(tmp_path: Path) -> None:
    (tmp_path / "milepost.toml").write_text("[problem")
    with pytest.raises(BriefError, match="is not TOML"):
        create(tmp_path)


def test_a_project_just_made_has_all_its_pages(young: Any) -> None:
    from tests.web.test_pages import PAGES

    for path in PAGES:
        if path != "/data?column=age":
            assert young.get(path).status_code == 200, path
    assert "was not reached" in young.get("/data").text


def test_pages_work_without_htmx(copied: Any) -> None:
    app: FastAPI = create(copied.folder)
    app.state.htmx = False
    app.state.site.door = app.state.site.door.__class__(True, "ada")
    plain = visitor(app, "ada")
    for path in ("/threshold", "/looks", "/run"):
        page = plain.get(path)
        assert page.status_code == 200
        assert "hx-" not in page.text
        assert "/static/htmx.js" not in page.text
    assert "Show</button>" in plain.get("/threshold").text
    assert plain.get("/threshold?point=3").status_code == 200
