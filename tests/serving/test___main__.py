import json
import os
import shutil
import subprocess
import sys
import venv

import pytest

from milepost.serving.__main__ import main
from milepost.shipping.target import targets
from milepost.testing.packages import toy_package

HEAVY = (
    "polars",
    "onnx",
    "sklearn",
    "pandas",
    "scipy",
    "lightgbm",
    "catboost",
    "sqlalchemy",
    "typer",
    "rich",
    "torch",
)


def test_serving_imports_nothing_of_training():
    code = (
        "import sys, milepost.serving.app, milepost.serving.__main__, uvicorn;"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize("kind", ["mixed", "clip"])
def test_media_are_decoded_without_anything_of_training(wide, kind):
    folder = wide["root"] / kind
    code = (
        "import sys; from milepost.shipping.verify import require;"
        f"require({str(folder)!r}); print([name for name in {HEAVY} if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_a_package_that_is_none_ends_with_2(tmp_path, capsys):
    assert main([str(tmp_path / "none")]) == 2
    assert "there is no package" in capsys.readouterr().err
    toy_package(tmp_path / "toy")
    assert main([str(tmp_path / "toy"), "--port", "99999"]) == 2


def test_a_changed_package_is_not_served(tmp_path, capsys):
    toy_package(tmp_path / "toy")
    path = tmp_path / "toy" / "manifest.json"
    path.write_text(path.read_text().replace('"value": 0.4', '"value": 0.6'))
    assert main([str(tmp_path / "toy")]) == 1
    assert "threshold" in capsys.readouterr().err


def test_a_zip_is_served_by_two_workers(packages, serve, row, tmp_path):
    from milepost.shipping.package import pack

    packed = pack(packages["root"] / "binary", tmp_path / "toy.zip")
    with serve(packed, "--workers", "2", "--log", str(tmp_path / "log")) as one:
        for _ in range(20):
            assert one.http.post("/predict", json=row, headers={"connection": "close"}).status_code == 200
        one.stop()
    found = [
        json.loads(line) for path in (tmp_path / "log").glob("*") for line in path.read_bytes().splitlines()
    ]
    assert len(found) == 20


def pip(place, *words):
    """Installs into an environment; skips the test where no index can be reached."""
    command = [sys.executable, "-m", "pip", "--python", place / "bin" / "python", "install", "-q"]
    command += ["--disable-pip-version-check", "--no-compile"]  # most of what is compiled is never imported
    done = subprocess.run([*command, *words], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no package index can be reached: {done.stderr.strip().splitlines()[-1]}")


@pytest.fixture(scope="session")
def bare(packages, tmp_path_factory):
    """An environment with what the server of a table needs, and the lines that ask for it."""
    place = tmp_path_factory.mktemp("bare")
    venv.create(place / "venv")
    needed = targets["server"].build(packages["binary"], place / "server") / "requirements.txt"
    pip(place / "venv", "-r", needed)
    return place / "venv", set(needed.read_text().splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["binary", "mixed", "clip"])
def test_it_serves_with_five_libraries_and_decoders_and_nothing_else(
    packages, wide, serve, bare, tmp_path, kind
):
    folder = targets["server"].build({**packages, **wide}[kind], tmp_path / "server")
    installed, lines = bare
    assert lines <= set((folder / "requirements.txt").read_text().splitlines())
    shutil.copytree(installed, tmp_path / "venv", symlinks=True, copy_function=os.link)
    python = tmp_path / "venv" / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    if kind != "binary":
        pip(tmp_path / "venv", "-r", folder / "requirements.txt")
    pip(tmp_path / "venv", "--no-deps", wheel)
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    with serve("package", python=str(python), cwd=folder, env=env) as one:
        row = one.http.get("/", headers={"accept": "application/json"}).json()["example"]
        assert one.http.post("/predict", json=row).status_code == 200
        assert one.http.get("/openapi.json").status_code == 200
    code = f"import importlib.util as u; print([n for n in {HEAVY} if u.find_spec(n)])"
    assert subprocess.check_output([python, "-c", code], text=True).strip() == "[]"
