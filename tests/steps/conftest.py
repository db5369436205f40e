"""A project as far as a test needs it, and the road of the noise benchmark, which needs no project."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.brief import Brief
from milepost.project.tell import onlooker
from milepost.registry import import_file, load_plugins
from milepost.steps.exam import Exam
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.search import Findings as Tuned
from milepost.steps.standing import fitted
from milepost.steps.tune import Tune
from milepost.steps.work import Talk

BENCH = Path(__file__).parents[2] / "benchmarks" / "noise.py"


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Project]:
    """Makes a project of a table, with keys of the brief changed, and runs it as far as said."""

    def made(table: pl.DataFrame, target: str, until: str | None = None, **brief: Any) -> Project:
        folder = tmp_path / f"p{len(list(tmp_path.iterdir()))}"
        project = Project.new(folder, table, target, budget="6s")
        changed = project.brief.changed({key.replace("__", "."): value for key, value in brief.items()})
        changed.write(folder)
        project = Project(folder)
        if until:
            project.run(until=until, talk=Talk(yes=True))
        return project

    return made


def roads(root: Path) -> Callable[..., Any]:
    """Makes roads in a folder from frames whose target is `y`."""
    module = import_file(BENCH)

    def make(
        frame: pl.DataFrame,
        task: str = "binary",
        metric: str = "roc_auc",
        groups: np.ndarray[Any, Any] | None = None,
        seconds: float = 20.0,
        **tables: Mapping[str, Any],
    ) -> Any:
        content = {
            "target": {"columns": ["y"], "task": task},
            "success": {"metric": metric},
            "budget": {"seconds": seconds, "threads": 1},
            **tables,
        }
        folder = root / f"road{len(list(root.iterdir()))}"
        folder.mkdir()
        return module.Bench(folder, Brief.of(content), frame, groups)

    return make


@pytest.fixture
def road(tmp_path: Path) -> Callable[..., Any]:
    """Makes a road of a test's own."""
    return roads(tmp_path)


@pytest.fixture(scope="session")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Makes a road that several tests walk on from, each on a copy."""
    return roads(tmp_path_factory.mktemp("roads"))


@pytest.fixture(scope="session")
def searched(lasting: Callable[..., Any], related: Callable[..., pl.DataFrame]) -> tuple[Any, Any]:
    """A road at the end of a search of three trials, and what came of it; not changed."""
    bench = lasting(related(), budget={"seconds": 20.0, "threads": 1, "trials": 3})
    bench.run(Prepare())
    bench.run(Protocol())
    return bench, bench.run(Tune(families=("linear", "lightgbm")))


@pytest.fixture
def again(tmp_path: Path) -> Callable[[Any], Any]:
    """Copies a road as far as it was walked."""

    def made(bench: Any) -> Any:
        folder = shutil.copytree(bench.folder, tmp_path / f"again{len(list(tmp_path.iterdir()))}")
        copy = type(bench)(folder, bench.brief, bench.frame, bench.groups, bench.shares)
        copy.evidence = dict(bench.evidence)
        return copy

    return made


@pytest.fixture(scope="session")
def related() -> Callable[..., pl.DataFrame]:
    """Makes a table whose target follows from three of its columns, more or less."""

    def make(rows: int = 300, noise: float = 1.0, seed: int = 0, kind: str = "binary") -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(rows, 4))
        score = 1.5 * x[:, 0] + x[:, 1] * x[:, 2] + noise * rng.logistic(size=rows)
        columns: dict[str, Any] = {f"x{i}": x[:, i] for i in range(4)}
        if kind == "number":
            return pl.DataFrame(columns | {"y": score})
        if kind == "multiclass":
            return pl.DataFrame(columns | {"y": np.array(["a", "b", "c"])[np.digitize(score, [-0.8, 0.8])]})
        return pl.DataFrame(columns | {"y": np.where(score > 0, "yes", "no")})

    return make


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Gives the stage of a task, a project at the end of `final`; made once a session unless asked anew."""
    module = import_file(Path(__file__).with_name("stages.py"))
    made: dict[str, Any] = {}

    def stage(task: str, anew: bool = False) -> Any:
        if anew or task not in made:
            folder = tmp_path_factory.mktemp("stages") / task
            if anew:
                return module.Stage(folder, task)
            made[task] = module.Stage(folder, task)
        return made[task]

    return stage


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project at the end of `tune`, of whose two members one may fail when it is fitted again."""
    module = import_file(Path(__file__).with_name("fickle.py"))
    return Path(module.begun(tmp_path_factory.mktemp("fickle") / "p"))


@pytest.fixture
def fickle(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Project]]:
    """Copies that project and puts the member that may fail in a mood."""

    def copied(mood: str) -> Project:
        monkeypatch.setenv("FICKLE", mood)
        return Project(shutil.copytree(begun, tmp_path / "fickle", dirs_exist_ok=True))

    yield copied
    load_plugins(tmp_path / "none")


@pytest.fixture
def refitted(fickle: Callable[[str], Project]) -> Callable[..., Any]:
    """The same, with its members fitted again in a mood: work, data, exam and what stands.

    `alone` leaves the member out that has no moods, `small` makes a small point of the other one.
    """

    def made(mood: str, alone: bool = False, small: bool = False) -> Any:
        work = onlooker(fickle(mood).road, "final")
        data, tuned = material(work), work.found("tune", Tuned)
        name = next(t.name for t in tuned.tried if t.learner == "fickle")
        if alone:
            tuned = replace(tuned, tried=tuple(replace(t, weight=float(t.name == name)) for t in tuned.tried))
        if small:
            point = replace(tuned.points[0], name="small", weights={name: 1.0})
            tuned = replace(tuned, points=(tuned.points[0], point))
        return work, data, Exam.of(work, data), fitted(work, data, tuned)

    return made
