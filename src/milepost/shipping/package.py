"""Writes a package: a folder that is there whole or not at all, and synthetic golden rows for its proof."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import milepost
from milepost.digest import Json, plain
from milepost.errors import EnvironmentProblem, InputError, UsageError
from milepost.graphs.slim import packed
from milepost.modalities.doors import WIDE, libraries
from milepost.shipping import carried, specimens
from milepost.shipping import manifest as manifests
from milepost.shipping.manifest import Column, Golden, Manifest, Package, Stage, Threshold

GRAPH = "model.onnx"
UNSEEN = ("never seen before", "", " ", "Zürich 東京 🛫", "e\u0301\u00e9 \u202eabc", "0", "x" * 300)
INSTANTS = ("1900-01-01T00:00:00", "1970-01-01T00:00:00", "2000-02-29T23:59:59", "2100-12-31T12:00:00+02:00")
LEAST = 24
"""Golden rows: more than any column has edge cases."""
DAYS = ("1900-01-01", "1970-01-01", "2000-02-29", "2100-12-31")


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a package holds beside the graph.

    Args:
        name: the model's name, as routes and files show it.
        task: the task as plain JSON.
        columns: the raw columns, one per input of the graph.
        rows: the golden rows, by column.
        answers: the answers expected to them, by output of the graph: training-time predictions.
        keys: columns that are passed through.
        threshold: the signed threshold of a binary task, or None.
        scale: standard deviation of each regression target.
        expectations, lineage, measured: free JSON.
        tolerance: how far an answer may be off: probability, or target standard deviations.
        card: the model card in Markdown, or "".
    """

    name: str
    task: Mapping[str, Json]
    columns: Sequence[Column]
    rows: Mapping[str, Sequence[Json]]
    answers: Mapping[str, Any]
    keys: Sequence[str] = ()
    threshold: Threshold | None = None
    scale: Sequence[float] = ()
    expectations: Mapping[str, Json] = field(default_factory=dict)
    lineage: Mapping[str, Json] = field(default_factory=dict)
    measured: Mapping[str, Json] = field(default_factory=dict)
    tolerance: float = 1e-5
    card: str = ""


def build(folder: str | Path, graph: Any, contents: Contents) -> Manifest:
    """Writes a package folder and returns its manifest; a package already there is replaced.

    Args:
        folder: where; the parent is made if need be.
        graph: the ONNX model, or its bytes.
        contents: everything else.

    Raises:
        InputError: rows, columns or answers do not fit each other, or an answer is not finite.
        UsageError: the folder exists and holds something that is no package.
        EnvironmentProblem: the folder cannot be written.
    """
    data = graph if isinstance(graph, bytes) else packed(graph)
    golden = {"rows": plain(contents.rows), "answers": _answers(contents)}
    names = tuple(column.name for column in contents.columns)
    draft = Manifest(
        name=contents.name,
        task=dict(contents.task),
        columns=tuple(msgspec.structs.replace(c, example=plain(c.example)) for c in contents.columns),
        stages=(Stage("graph", GRAPH, names, tuple(contents.answers)),),
        milepost=milepost.__version__,
        keys=tuple(contents.keys),
        threshold=contents.threshold,
        scale=tuple(float(value) for value in contents.scale),
        decoders=libraries(column.wire for column in contents.columns),
        expectations=dict(contents.expectations),
        lineage=dict(contents.lineage),
        golden=Golden(rows=_height(contents), tolerance=contents.tolerance),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        measured=dict(contents.measured),
        python=carried.told(data),
    )
    sealed = manifests.seal(draft, data, golden)
    write(Path(folder), Package(sealed, data, golden, contents.card, carried.sources(data)).files())
    return sealed


def _height(contents: Contents) -> int:
    names = [column.name for column in contents.columns]
    if len(set(names)) != len(names):
        raise InputError("two columns of the package have one name.", expected="Column names differ.")
    if set(contents.rows) != set(names):
        odd = sorted(set(contents.rows) ^ set(names))[0]
        raise InputError(f"golden rows and columns differ at '{odd}'.", expected="One list per column.")
    heights = {len(values) for values in contents.rows.values()}
    heights |= {len(values) for values in contents.answers.values()}
    if len(heights) != 1 or heights == {0} or not contents.answers:
        raise InputError(
            f"golden rows and answers have the lengths {sorted(heights)}.", expected="One, above 0."
        )
    return heights.pop()


def _answers(contents: Contents) -> dict[str, Json]:
    for name, values in contents.answers.items():
        array = np.asarray(values)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0][0])
            raise InputError(
                f"the model's answer '{name}' to golden row {row} is not finite.",
                expected="Every row has an answer, however extreme its numbers.",
            )
    return {name: plain(np.asarray(values)) for name, values in contents.answers.items()}


def write(folder: Path, files: Mapping[str, bytes], mark: str = manifests.FILE) -> None:
    """Writes a folder's files into a temporary folder beside it, then renames: whole or not at all.

    Args:
        folder: where; a folder that holds the file `mark` is replaced.
        files: bytes by path inside the folder.
        mark: the file by which a former result is known.

    Raises:
        UsageError: the folder exists and holds something else.
        EnvironmentProblem: the folder cannot be written.
    """
    folder = folder.absolute()
    taken = folder.is_file() or (folder.is_dir() and any(folder.iterdir()))
    if taken and not (folder / mark).is_file():
        what = f"'{folder}' is there and is no package."
        raise UsageError(what, expected="An empty or a new folder.", todo="Name another one.")
    fresh, old = (folder.with_name(f".{folder.name}.{os.getpid()}.{end}") for end in ("new", "old"))
    try:
        fresh.mkdir(parents=True)
        for name, data in files.items():
            (fresh / name).parent.mkdir(exist_ok=True)
            with open(fresh / name, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except OSError as problem:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise EnvironmentProblem(
            f"'{folder}' cannot be written: {problem}.", todo="Check space and rights."
        ) from problem
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def remeasure(folder: str | Path, measured: Mapping[str, Json]) -> Manifest:
    """Adds measurements (latency, size) to a package folder's manifest; digest and version stay."""
    folder = Path(folder)
    package = manifests.open_package(folder)
    draft = msgspec.structs.replace(package.manifest, measured={**package.manifest.measured, **measured})
    if draft.checksum != manifests.checksum_of(package.manifest):
        raise InputError(f"the manifest in '{folder}' was changed after it was made.", todo="Ship it again.")
    sealed = manifests.seal(draft, package.graph, package.golden)
    fresh = folder / f".{manifests.FILE}.{os.getpid()}"
    fresh.write_bytes(manifests.encode(sealed))
    fresh.replace(folder / manifests.FILE)
    return sealed


def pack(folder: str | Path, file: str | Path) -> Path:
    """Writes a package folder as a .zip; the same package gives the same bytes.

    Raises:
        InputError: the folder is no package.
    """
    folder, file = Path(folder), Path(file)
    manifests.open_package(folder)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with zipfile.ZipFile(fresh, "w") as archive:
        for path in sorted(folder.iterdir()):
            info = zipfile.ZipInfo(path.name, (1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
    fresh.replace(file)
    return file


def golden(
    columns: Sequence[Column], samples: Mapping[str, Sequence[Json]], n: int = 500, seed: int = 0
) -> dict[str, list[Json]]:
    """Makes synthetic golden rows: columns sampled independently plus edge cases, so that no data row leaves.

    Texts that occur only once among the samples are not used: they may name somebody; of texts that are read
    word by word only words that many hold are, and pictures and sounds are made by program. The edge cases
    are, for each column: missing, numbers far outside of the range seen, unseen and empty text, Unicode,
    moments far in past and future, `specimens.edges`; and the last row has everything missing.

    Args:
        columns: the package's columns.
        samples: values of each column as JSON, missing ones as None; need not be aligned.
        n: number of rows; more than the most edge cases of a column (22).
        seed: of the random choice.

    Raises:
        InputError: n is too small.
    """
    if n < LEAST:
        what = f"{n} golden rows are too few for the edge cases."
        raise InputError(what, expected=f"At least {LEAST}.")
    rng = np.random.default_rng(seed)
    rows: dict[str, list[Json]] = {}
    place = 0
    for column in columns:
        values = _usable(column, samples.get(column.name, ()))
        rows[column.name] = [values[i] for i in rng.integers(len(values), size=n)]
        for edge in _edges(column, values):
            rows[column.name][place] = edge
            place = (place + 1) % (n - 1)
        rows[column.name][n - 1] = None
    return rows


def _usable(column: Column, sample: Sequence[Json]) -> list[Json]:
    if column.wire in WIDE:
        return specimens.usual(column, sample)
    values: list[Json] = plain(list(sample))
    if column.dtype == "text":
        counts = Counter(values)
        values = [value for value in values if value is None or counts[value] > 1]
    if any(value is not None for value in values):
        return values
    return [*values, *(edge for edge in _edges(column, ()) if edge is not None)]


def _edges(column: Column, values: Sequence[Json]) -> list[Json]:
    if column.wire in WIDE:
        return specimens.edges(column)
    if column.dtype == "bool":
        return [None, True, False]
    if column.dtype == "text":
        return [None, *UNSEEN]
    if column.dtype in ("date", "datetime"):
        return [None, *(DAYS if column.dtype == "date" else INSTANTS)]
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0, 1)
    reach = 10 * max(abs(low), abs(high), high - low, 1)
    most = 3e38 if column.wire == "float" else 1e300
    numbers = [0, low, high, low - reach, high + reach, -1_000_000, 1_000_000]
    if column.dtype == "int":
        return [None, *numbers, 2**31]
    return [None, *(float(min(max(number, -most), most)) for number in numbers), 1e-30, -0.5, 1e9]


def example(column: Column, values: Sequence[Json]) -> Json:
    """A made typical value: the middle of numbers or moments, the most frequent text, a small picture."""
    known = [value for value in _usable(column, values) if value is not None]
    if column.wire in WIDE:
        return sorted(known, key=len)[len(known) // 2]
    if column.dtype in ("text", "bool"):
        return Counter(known).most_common(1)[0][0]
    return sorted(known)[len(known) // 2]


def with_examples(columns: Sequence[Column], samples: Mapping[str, Sequence[Json]]) -> tuple[Column, ...]:
    """The columns, each with a typical value as its example."""
    return tuple(msgspec.structs.replace(c, example=example(c, samples.get(c.name, ()))) for c in columns)
