"""The whole road of a folder of pictures and a folder of sounds, by the command line, with planted truth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.serving.app import App, Settings
from milepost.shipping.manifest import open_package
from milepost.testing.media import RATE, png, tone, wav

httpx = pytest.importorskip("httpx")
Cli = Callable[..., tuple[int, str]]
Maker = Callable[[str, Any], bytes]
EACH = 30


def picture(kind: str, rng: Any) -> bytes:
    """Red above or blue below; "odd": white with black bars, which is neither."""
    pixels = rng.integers(0, 90, (24, 24, 3))
    if kind == "odd":
        pixels[:] = 255 - pixels // 8
        pixels[:, :: int(rng.integers(3, 6))] = 0
    else:
        half = slice(0, 12) if kind == "red" else slice(12, 24)
        pixels[half, 4:20, 0 if kind == "red" else 2] = rng.integers(160, 256)
    return png(pixels.astype(np.uint8))


def clip(kind: str, rng: Any) -> bytes:
    """A low or a high tone; "odd": clicks, which are neither."""
    if kind != "odd":
        return tone(kind, rng)
    samples = rng.normal(0, 0.01, RATE // 4)
    samples[:: int(rng.integers(60, 120))] = 0.9
    return wav(samples)


ROADS = {
    "image": (picture, ("blue", "red"), ".png", "image/png"),
    "sound": (clip, ("high", "low"), ".wav", "audio/wav"),
}


def files(where: Path, make: Maker, kinds: tuple[str, ...], suffix: str, seed: int) -> Path:
    """A folder with a sub-folder a class."""
    rng = np.random.default_rng(seed)
    for kind in kinds:
        (where / kind).mkdir(parents=True)
        for number in range(EACH):
            (where / kind / f"{number}{suffix}").write_bytes(make(kind, rng))
    return where


def ask(project: Project, folder: Path, content: str) -> list[str]:
    """What the server answers to every file of a folder, one by one; it keeps its log as ever."""

    async def asked() -> list[str]:
        app = App(
            open_package(project.package), Settings(str(project.package), str(project.folder / "requests"))
        )
        found = []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            for path in sorted(folder.rglob("*.*")):
                about = {"content-type": content, "x-request-id": f"{path.parent.name}-{path.stem}"}
                said = await client.post("/predict", content=path.read_bytes(), headers=about)
                found.append(said.json()["answers"][0]["prediction"])
        assert app.log is not None
        app.log.close()
        return found

    return asyncio.run(asked())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ROADS)
def test_from_a_folder_to_the_next_generation(kind: str, cli: Cli, tmp_path: Path) -> None:
    make, kinds, suffix, content = ROADS[kind]
    home = tmp_path / "p"
    data, fresh = (files(tmp_path / name, make, kinds, suffix, seed) for seed, name in enumerate("ab"))
    odd = files(tmp_path / "odd", make, ("odd",), suffix, 9)
    assert cli("new", home, "--data", data, "--budget", "10s", "--threads", 1)[0] == 0
    brief = {"constraints.size_mb": 5.0, "budget.trials": 2}  # no pretrained network: faster
    Project(home).brief.changed(brief).write(home)
    code, said = cli("run", home, "--yes", "--waive-all", "a toy")
    assert code == 0, said
    assert "label from 1 column" in said
    project = Project(home)

    code, said = cli("verify", home)
    assert code == 0, said
    code, said = cli("predict", home, "--data", fresh, "--out", tmp_path / "a.csv")
    assert code == 0, said
    answers = pl.read_csv(tmp_path / "a.csv")
    right = answers["file"].str.split("/").list.first() == answers["prediction"]
    assert right.mean() > 0.9

    told = ask(project, fresh, content)
    assert told == answers.sort("file")["prediction"].to_list()
    names = answers["file"].str.replace("/", "-").str.replace(r"\.\w+$", "")
    truths = pl.DataFrame({"id": names, "label": answers["file"].str.split("/").list.first()})
    truths.write_csv(tmp_path / "truths.csv")
    assert cli("outcomes", home, "--data", tmp_path / "truths.csv")[0] == 0
    code, said = cli("monitor", home, "--every", 20)
    assert code == 0, said
    assert project.found("monitor").labelled == 2 * EACH
    ask(project, odd, content)
    code, said = cli("monitor", home, "--every", 20, "--window", f"{EACH} rows")
    assert code == 3
    assert f"The {kind}s of '{kind}' are told from those before with an AUC of" in said
    alarms = project.found("monitor").alarms
    assert {alarm.column for alarm in alarms} >= {kind}
    shown = [row[0] for alarm in alarms if alarm.column == kind for row in alarm.examples[1:]]
    assert shown
    assert all(project.blobs.has(one.removeprefix(f"{kind}:")) for one in shown), "logs give theirs up"

    code, said = cli("renew", home, "--data", fresh, "--share", 0.5, "--yes", "--waive-all", "a toy")
    assert code == 0, said
    assert "The champion stays" in said or "takes over" in said
    assert project.ledger.last("collect", 2).findings["rows"] > 2 * EACH
    assert "sorted by the answer" not in project.ledger.last("understand", 2).reason
    code, said = cli("report", home)
    assert code == 0
    assert "nan" not in (home / "report.html").read_text().split("<main>")[1].lower().split()
