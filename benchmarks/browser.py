"""A package's graph in ONNX Runtime Web, as a browser runs it: how far its answers to golden rows are off.

Run: npm install onnxruntime-web@1.30 (in any folder)
     python benchmarks/browser.py PACKAGE [PACKAGE ...] --modules FOLDER
FOLDER is the one in which npm was run. Node runs the same WebAssembly as a browser; images and sounds are
decoded in Python.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from milepost.graphs.session import door
from milepost.modalities.doors import Column, together
from milepost.shipping.manifest import Package, open_package
from milepost.shipping.runner import Runner
from milepost.shipping.verify import Comparison
from milepost.shipping.wire import Entry

SCRIPT = Path(__file__).with_suffix(".mjs")
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Seen:
    """What ONNX Runtime Web answered.

    Args:
        version: its version.
        rows: golden rows.
        golden: largest difference to the golden answers, of a probability or in target standard deviations.
        runtime: the same to ONNX Runtime on this machine.
        flips: labels or decisions that differ beyond the tolerance.
        problems: what is wrong, in sentences.
        ms: median milliseconds of one row.
    """

    version: str
    rows: int
    golden: float
    runtime: float
    flips: int
    problems: tuple[str, ...]
    ms: float


def available(modules: Path) -> str:
    """Why it cannot be run here, or ""."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (modules / "node_modules" / "onnxruntime-web").is_dir():
        return f"there is no onnxruntime-web in {modules}: npm install onnxruntime-web@1.30"
    return ""


def feeds(package: Package, batch: int) -> Iterator[tuple[Array, dict[str, Array]]]:
    """Places of golden rows and their tensors by door, `batch` rows or fewer together."""
    entries = {column.name: Entry.of(column) for column in package.manifest.columns}
    rows = package.rows
    for start in range(0, package.manifest.golden.rows, batch):
        cut = {name: values[start : start + batch] for name, values in rows.items()}
        narrow = {name: entry.many(cut[name]) for name, entry in entries.items() if not entry.wire}
        wide = {name: Column(e.wire, cut[name], e.scalar) for name, e in entries.items() if e.wire}
        height = len(next(iter(cut.values())))
        for places, tensors in together(wide) if wide else [(np.arange(height), {})]:
            every = {name: tensor[places] for name, tensor in narrow.items()} | tensors
            yield start + places, {door(name): tensor for name, tensor in every.items()}


def written(tensor: Array) -> dict[str, Any]:
    """A tensor as JSON."""
    if tensor.dtype == object:
        return {"type": "string", "dims": tensor.shape, "data": tensor.ravel().tolist()}
    data = base64.b64encode(np.ascontiguousarray(tensor).tobytes()).decode()
    return {"type": str(tensor.dtype), "dims": tensor.shape, "data": data}


def answers(package: Package, modules: Path, batch: int) -> tuple[dict[str, Array], str, float]:
    """The answers of ONNX Runtime Web to the golden rows, its version, and median milliseconds of a run."""
    doors = set(Runner(package).inputs)
    parts = list(feeds(package, batch))
    with tempfile.TemporaryDirectory() as folder:
        graph, source, target = (Path(folder) / name for name in ("model.onnx", "in.json", "out.json"))
        graph.write_bytes(package.graph)
        asked = [{name: written(t) for name, t in tensors.items() if name in doors} for _, tensors in parts]
        source.write_text(json.dumps(asked))
        command = ["node", str(SCRIPT), *map(str, (modules, graph, source, target))]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"ONNX Runtime Web failed: {done.stderr.strip()[-800:]}")
        reply = json.loads(target.read_text())
    found: dict[str, Array] = {}
    for (places, _), outputs in zip(parts, reply["found"], strict=True):
        for name, output in outputs.items():
            values = np.array(output["data"], object if name == "label" else None).reshape(output["dims"])
            if name not in found:
                found[name] = np.empty((package.manifest.golden.rows, *values.shape[1:]), values.dtype)
            found[name][places] = values
    return found, reply["version"], float(np.median(reply["spent"]))


def compare(package: Package, modules: Path) -> Seen:
    """Asks for all golden rows one by one and all together."""
    height = package.manifest.golden.rows
    golden, runtime = Comparison(package.manifest), Comparison(package.manifest)
    here: Mapping[str, Array] = Runner(package).answers(package.rows, 1)
    version, spent = "", 0.0
    for batch in (height, 1):
        found, version, spent = answers(package, modules, batch)
        golden.add(str(batch), found, package.answers)
        runtime.add(str(batch), found, here)
    worst = (max(each.worst.values(), default=0.0) for each in (golden, runtime))
    return Seen(version, height, *worst, golden.flips, tuple(golden.problems()), spent)


def main() -> None:
    """Compares packages and prints a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packages", nargs="+")
    parser.add_argument("--modules", type=Path, default=Path(), help="folder with node_modules")
    given = parser.parse_args()
    reason = available(given.modules.absolute())
    if reason:
        raise SystemExit(reason)
    for path in given.packages:
        package = open_package(path)
        seen = compare(package, given.modules.absolute())
        print(
            f"{package.manifest.name}: {seen.rows} golden rows in onnxruntime-web {seen.version}, largest "
            f"difference {seen.golden:.1e} to training, {seen.runtime:.1e} to ONNX Runtime here, "
            f"{seen.flips} decisions flip; {seen.ms:.2f} ms a row (median). {' '.join(seen.problems)}"
        )


if __name__ == "__main__":
    main()
