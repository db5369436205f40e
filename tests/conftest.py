"""What all tests share: one thread a library, repeatable examples, and the folder of shared data sets."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # read when NumPy, Polars and OpenMP are first loaded
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # teams that spin take what the other workers need

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa
from benchmarks.postgres import Unavailable, running
from hypothesis import settings
from tests import labelling

from milepost import Project
from milepost.labels.plan import Terms
from milepost.testing import toys

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run beside each other; read when OpenMP is first loaded

settings.register_profile("milepost", deadline=None, derandomize=True)
settings.load_profile("milepost")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Test modules are kept as compiled for the next run and the next worker, whatever the environment says.

    To compile them anew is a third of what collecting costs. What tests write and import is not kept.
    Nothing that is imported and collected goes before the end, so that garbage is not looked for among it.
    """
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    gc.disable()
    try:
        return (yield)
    finally:
        sys.dont_write_bytecode = before
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no worker begins a long test when the others have ended."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes are named by their argument: packed ones may carry a time, and workers must agree on names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def no_power_cuts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits of a test's own process do not wait for the disk: only a power cut would tell, no kill.

    Tests of the store, which makes that promise, wait, and so does every process that a test starts.
    """
    if "store" not in request.node.path.relative_to(request.config.rootpath).parts:
        monkeypatch.setattr("milepost.store.engine.WHOLE", "OFF")
        monkeypatch.setattr("milepost.store.sync.file", lambda path: None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data sets; tests that need it are skipped where it is not named."""
    folder = os.environ.get("MILEPOST_DATA", "")
    if not folder:
        pytest.skip("MILEPOST_DATA, the folder of shared data sets, is not set")
    if not Path(folder).is_dir():
        pytest.fail(f"MILEPOST_DATA names '{folder}', which is no folder")
    return Path(folder)


@pytest.fixture(scope="session")
def shop() -> pl.DataFrame:
    """Six hundred visits to a shop, with `bought` alone as the target."""
    return toys.shop(600).drop("tier", "spent")


@pytest.fixture(scope="session")
def apart() -> Callable[..., tuple[str, float]]:
    """Runs a program in a Python of its own; returns what it printed and the most memory it held, in GiB."""

    def run(program: str, *arguments: object) -> tuple[str, float]:
        # ru_maxrss would not do: Linux hands the peak of the process that starts another on to it
        told = "\nprint(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"
        if sys.platform != "linux":
            told = (
                "\nimport resource; print('VmHWM', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)"
            )
        command = [sys.executable, "-c", program + told, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        said, _, peak = done.stdout.rpartition("VmHWM")
        return said, int(peak.strip(": \n").split()[0]) / 2**20

    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, shop: pl.DataFrame) -> Project:
    """A project that went down the whole road; tests may read it, and copy it to change it."""
    folder = tmp_path_factory.mktemp("finished") / "shop"
    project = Project.new(folder, shop, "bought", budget="12s")
    status = project.run(yes=True, waive_all="a toy")
    assert status.done, status
    return project


def turned(rows: int, seed: int, turn: float = 1.0) -> pl.DataFrame:
    """Rows of which `y` follows from x0 and x1; with `turn` -1 the sense of x1 is the other one."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4))
    score = 1.5 * x[:, 0] + 1.5 * turn * x[:, 1] + rng.logistic(size=rows)
    return pl.DataFrame({f"x{i}": x[:, i] for i in range(4)} | {"y": np.where(score > 0, "yes", "no")})


@pytest.fixture(scope="session")
def table() -> Callable[..., pl.DataFrame]:
    """Makes a table whose relation can be turned."""
    return turned


@pytest.fixture(scope="session")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small finished project with one model of its first generation; tests copy it."""
    folder = tmp_path_factory.mktemp("champion") / "p"
    made = Project.new(folder, turned(300, 0), "y", budget="3s", threads=1)
    made.brief.changed({"budget.trials": 1}).write(folder)
    status = Project(folder).run(yes=True, waive_all="a toy")
    assert status.done, status
    return Project(folder)


@pytest.fixture
def challenged(champion: Project, tmp_path: Path) -> Project:
    """A copy of it."""
    shutil.copytree(champion.folder, tmp_path / "challenged")
    return Project(tmp_path / "challenged")


@pytest.fixture
def copied(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished project that a test may change."""
    shutil.copytree(finished.folder, tmp_path / "copy")
    return Project(tmp_path / "copy")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own, on a socket; MILEPOST_POSTGRES may name one instead."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    if os.environ.get("MILEPOST_POSTGRES"):
        yield os.environ["MILEPOST_POSTGRES"]
        return
    with ExitStack() as stack:
        try:
            url = stack.enter_context(running(safe=False))
        except Unavailable as problem:
            pytest.skip(str(problem))
        yield url


@pytest.fixture
def server(postgres: str) -> str:
    """The URL of an empty database of a server."""
    engine = sa.create_engine(postgres.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each database in turn, empty."""
    if request.param == "sqlite":
        return str(tmp_path / "deep" / "rows.db")
    return str(request.getfixturevalue("server"))


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> labelling.Crowded:
    """A project whose rows had no label, and five people who labelled them with known errors; not changed."""
    table, truth = labelling.pool(240)
    folder = tmp_path_factory.mktemp("crowded") / "p"
    project = Project.new(folder, table, "y", labels="no,yes", budget="6s")
    project.labels.start(Terms("crowd", price=0.05, people=5), overlap=5)
    said = labelling.label(project, labelling.truth_of(table, truth), labelling.ACCURACIES)
    return labelling.Crowded(project, table, tuple(truth), said)
