"""The target `server`: a folder with all that a machine or a container needs to answer over HTTP."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np

from milepost.digest import Json
from milepost.errors import MilepostError
from milepost.modalities.doors import BLANKS, WIDE
from milepost.shipping import specimens
from milepost.shipping.manifest import FILE, Manifest, Package, open_package
from milepost.shipping.package import write
from milepost.shipping.process import Process
from milepost.shipping.runner import Runner
from milepost.shipping.target import Target, targets
from milepost.shipping.verify import Comparison, Proof, verify
from milepost.shipping.wheel import wheel

NEEDS = ("onnxruntime", "numpy", "msgspec", "uvicorn", "fastapi")
"""All that a server installs beside milepost."""
FASTER = ("httptools",)
"""What uvicorn uses where it is installed: a parser in C that saves about a third of a request's CPU time."""
ROUNDS, REPEATS = 3, 300
LEAST, SECONDS = 20, 0.5
"""Rows that a round asks for at least, and the time after which it asks for no more."""

DOCKERFILE = """\
FROM python:{python}-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /srv
COPY requirements.txt {wheel} ./
RUN pip install --no-cache-dir -r requirements.txt \\
 && pip install --no-cache-dir --no-deps ./{wheel} \\
 && useradd --no-create-home --uid 10001 milepost \\
 && mkdir /logs && chown milepost /logs
COPY package package
USER milepost
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=30s \\
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
CMD ["python", "-m", "milepost.serving", "package", "--host", "0.0.0.0", "--port", "8080", \\
     "--log", "/logs"{code}]
"""

README = """\
# {name}, version {version}

Everything that is needed to answer over HTTP: the package, milepost's wheel, pinned requirements.

## Start it

Without a container, Python {python} or newer:

    python -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/pip install --no-deps ./{wheel}
    .venv/bin/python -m milepost.serving package --port 8080 --log logs{allow}

With one:

    docker build -t {name} .
    docker run -p 8080:8080 -v {name}-logs:/logs {name}

The server proves the package before it listens: a changed graph, threshold or golden answer is refused.
On SIGTERM it finishes what it has begun and completes the log. The log holds the rows that were asked:
treat it as you treat them, or leave out `--log`.

## Ask it

    curl http://localhost:8080/predict \\
      -H 'Content-Type: application/json' \\
      -d '{native}'

The same as TensorFlow Serving:

    curl http://localhost:8080/v1/models/{name}:predict \\
      -H 'Content-Type: application/json' \\
      -d '{tensorflow}'

The Open Inference Protocol is at `/v2/models/{name}/infer`. `/docs` is a page to try it on, `/openapi.json`
describes all routes, `/livez` and `/readyz` are for orchestrators, `/metrics` for Prometheus. A value that is
not known is sent as `null`.
{media}"""
MEDIA = """
## Images and sound

They are sent as base64 of the file, or as a data: URL; nothing is fetched from an address. `{decoders}` reads
them, in the version that made the proof. The log holds a reference to each (`image:DIGEST`, `sound:DIGEST`)
and a few numbers, and keeps the newest gigabyte of files in `media/`: another size is `--keep-media BYTES`,
0 keeps none. Bodies may have 64 MB: `--most-bytes BYTES`.
"""


class Server(Target):
    """A folder that answers over HTTP, with or without a container."""

    name: ClassVar[str] = "server"
    says: ClassVar[str] = "A folder with package, requirements, wheel and Dockerfile that answers over HTTP."

    def measurements(self, package: Package, constraints: Mapping[str, Json]) -> dict[str, float]:
        """Measures one row in process (median, 99th percentile, ms) and size; memory where it is limited."""
        found = {**latency(package), "size_mb": sum(map(len, package.files().values())) / 1e6}
        if constraints.get("memory_mb") is not None:
            with tempfile.TemporaryDirectory() as folder:
                write(Path(folder) / "package", package.files())
                with Process(Path(folder) / "package", package.manifest.name) as process:
                    process.answers(package.rows, 5)
                    memory = process.memory_mb()
            found |= {} if memory is None else {"memory_mb": memory}
        return found

    def build(self, package: Package, folder: str | Path) -> Path:
        """Writes package, requirements, milepost's wheel, Dockerfile and README.

        Raises:
            UsageError: the folder holds something else.
            EnvironmentProblem: the folder cannot be written.
        """
        wheel_name, wheel_bytes = wheel()
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        files = {f"package/{name}": data for name, data in package.files().items()}
        files[wheel_name] = wheel_bytes
        files["requirements.txt"] = requirements(package.manifest).encode()
        files["Dockerfile"] = DOCKERFILE.format(
            python=python, wheel=wheel_name, code=', "--python"' if package.manifest.python else ""
        ).encode()
        files["README.md"] = readme(package.manifest, python, wheel_name).encode()
        folder = Path(folder)
        write(folder, files, f"package/{FILE}")
        return folder

    def verify(self, folder: str | Path) -> Proof:
        """Starts the folder's server and compares its answers over HTTP, at batch 1, 5 and all.

        The server proves its package before it listens; where it refuses, the same proof says why.

        Raises:
            InputError: the folder holds no package.
        """
        start = time.perf_counter()
        package = open_package(Path(folder) / "package")
        compare, problems = Comparison(package.manifest), []
        try:
            with Process(Path(folder) / "package", package.manifest.name) as process:
                for batch in (1, 5, package.manifest.golden.rows):
                    compare.add(str(batch), process.answers(package.rows, batch), package.answers)
        except MilepostError as problem:
            inside = verify(package)
            if not inside.passed:
                return inside
            problems.append(problem.what)
        problems += compare.problems()
        return Proof(
            passed=not problems,
            problems=tuple(problems),
            rows=package.manifest.golden.rows,
            worst=dict(compare.worst),
            flips=compare.flips,
            ties=compare.ties,
            tolerance=package.manifest.golden.tolerance,
            seconds=time.perf_counter() - start,
        )


def latency(package: Package) -> dict[str, float]:
    """Median and 99th percentile of one golden row in process, ms: the best of three rounds.

    Edge cases of texts, images and sounds are left out: a text of 100,000 characters is not usual. Of several
    rounds the best is taken, since other work on the machine only ever adds to a latency.
    """
    runner, rows = Runner(package), package.rows
    each = [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]
    wide = [column for column in package.manifest.columns if column.wire in WIDE]
    odd = {column.name: specimens.edges(column) for column in wide}
    each = [row for row in each if not any(row[name] in values for name, values in odd.items())] or each
    _timed(runner, each, 50)
    rounds = [np.percentile(_timed(runner, each, REPEATS), [50, 99]) for _ in range(ROUNDS)]
    p50, p99 = np.min(rounds, axis=0)
    return {"p50_ms": round(float(p50), 4), "p99_ms": round(float(p99), 4)}


def _timed(runner: Runner, rows: Sequence[Mapping[str, Json]], most: int) -> list[float]:
    """Milliseconds of rows, one by one: `most` of them, or fewer where that takes long."""
    spent: list[float] = []
    while len(spent) < most and (len(spent) < LEAST or sum(spent) < 1000 * SECONDS):
        start = time.perf_counter()
        runner.one(rows[len(spent) % len(rows)])
        spent.append((time.perf_counter() - start) * 1000)
    return spent


def requirements(manifest: Manifest) -> str:
    """The libraries of a server, pinned to the versions that made the proof; decoders of media are last."""
    names = [*NEEDS, *(name for name in FASTER if find_spec(name) is not None)]
    pinned = {**{name: version(name) for name in names}, **manifest.decoders}
    pinned |= manifest.python.get("libraries", {})
    return "".join(f"{name}=={number}\n" for name, number in pinned.items())


def readme(manifest: Manifest, python: str, wheel_name: str) -> str:
    """How to start the server and ask it, with an example that can be pasted."""
    row = {column.name: column.example for column in manifest.columns}
    bodies = {"native": {"rows": [row]}, "tensorflow": {"instances": [row]}}
    shown = {name: msgspec.json.encode(body).decode().replace("'", "'\\''") for name, body in bodies.items()}
    kinds = any(column.wire in BLANKS for column in manifest.columns)
    shown["media"] = MEDIA.format(decoders=", ".join(manifest.decoders)) if kinds else ""
    shown["allow"] = " --python" if manifest.python else ""
    return README.format(
        name=manifest.name, version=manifest.version, python=python, wheel=wheel_name, **shown
    )


targets.add(Server.name, Server())
