"""From a served model to its alarm: a real server's log, late truths, and what a person is told."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import polars as pl
import pytest

from milepost import Project
from milepost.cli import run
from milepost.errors import InputError, UsageError
from milepost.testing import toys


def served(project: Project, batches: list[list[dict[str, object]]]) -> None:
    """Serves the package, sends batches of rows with an id each, and stops the server in order."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-m", "milepost.serving", str(project.package), "--port", str(port)]
    words += ["--log", str(project.folder / "requests")]
    process = subprocess.Popen([sys.executable, *words], stderr=subprocess.DEVNULL, env=dict(os.environ))
    base = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{base}/readyz", timeout=5).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                assert process.poll() is None
                time.sleep(0.1)
        for number, rows in enumerate(batches):
            head = {"Content-Type": "application/json", "X-Request-Id": f"r{number}"}
            body = json.dumps({"rows": rows}, default=str).encode()
            asked = urllib.request.Request(f"{base}/predict", body, head)
            with urllib.request.urlopen(asked, timeout=30) as answered:
                assert answered.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)


@pytest.mark.slow
def test_a_served_model_is_watched_and_a_planted_drift_is_named_first(copied: Project, capsys) -> None:
    made = toys.shop(600, seed=9)
    late = pl.int_range(pl.len()) >= 400
    sent = made.with_columns(income=pl.when(late).then(pl.col("income") * 3).otherwise("income"))
    columns = [c["name"] for c in json.loads((copied.package / "manifest.json").read_text())["columns"]]
    rows = sent.select(columns).to_dicts()
    served(copied, [rows[i : i + 50] for i in range(0, 600, 50)])
    assert run(["monitor", str(copied.folder), "--window", "200 rows", "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "failed"
    assert found["findings"]["requests"] == 600
    first = next(alarm for alarm in found["findings"]["alarms"] if alarm["column"])
    assert (first["column"], first["windows"]) == ("income", 1)
    assert found["findings"]["windows"][2]["ms"][0] > 0
    truths = copied.folder / "truths.csv"
    ids = [f"r{i // 50}#{i % 50}" for i in range(600)]
    made.select(pl.Series("id", ids), "bought").write_csv(truths)
    assert run(["outcomes", str(copied.folder), "--data", str(truths), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 600
    again = copied.monitor()
    assert again.findings["labelled"] == 600
    assert again.findings["strange"] == 0
    assert again.findings["windows"][0]["real"] is not None
    assert copied.status().beyond[0].state == again.verdict
    assert copied.status().done
    assert copied.status().code == 0
    report = copied.report().read_text(encoding="utf-8")
    assert "Alarms, the costliest first" in report


def test_what_it_stands_on_has_to_have_passed(tmp_path: Path, shop: pl.DataFrame) -> None:
    project = Project.new(tmp_path / "p", shop, "bought")
    with pytest.raises(UsageError, match="'monitor' comes after 'frame'"):
        project.monitor()
    with pytest.raises(UsageError, match="no task yet"):
        project.outcomes(shop)


def test_a_wrong_setting_is_not_kept(copied: Project) -> None:
    with pytest.raises(InputError, match="no requests in"):
        copied.monitor(data="nowhere")
    assert copied.settings()["monitor"] == {}
    assert copied.status().beyond[0].state == "todo"


def test_outcomes_that_are_wrong_end_with_exit_code_2(copied: Project, capsys) -> None:
    (copied.folder / "t.csv").write_text("id,bought\nr0,perhaps\n")
    assert run(["outcomes", str(copied.folder), "--data", str(copied.folder / "t.csv")]) == 2
    assert "'perhaps', which is no label" in capsys.readouterr().err
