"""The manifest of a package: what goes in, what comes out, and digests that name what was changed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from milepost.digest import Digest, Json, digest, digest_bytes, plain
from milepost.errors import Corrupt, InputError, did_you_mean
from milepost.graphs.session import session

FORMAT = 1
FILE = "manifest.json"
CARD = "README.md"
AGAIN = "Ship the package again."
MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading JSON may raise: no JSON, no UTF-8, or nested too deep."""
Wire = Literal["float", "double", "int64", "string", "bytes", "pixels", "wave"]


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One raw column at the package's door; `example` is a synthetic typical JSON value."""

    name: str
    dtype: Literal["float", "int", "bool", "text", "date", "datetime", "image", "sound"]
    modality: str
    wire: Wire
    example: Any = None


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One part of a prediction, with the names it reads and yields; format 1 knows graphs."""

    kind: Literal["graph"]
    file: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The signed probability of `label` from which a row is decided to be one; or a value a label, and ""."""

    value: float | tuple[float, ...]
    label: str
    by: str = ""
    at: str = ""
    because: str = ""


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the golden rows are, how many, and how far an answer may be from theirs."""

    file: str = "golden.json"
    rows: int = 0
    tolerance: float = 1e-5


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything about a package but its bytes; `manifest.json`, format 1.

    `parts` are digests of graph, columns, task, threshold and golden rows; `digest` is of those, so that it
    holds no times and no names; `version` is its first 12 digits; `checksum` covers all the other fields.
    `scale` is the standard deviation of each regression target. `decoders` are the libraries that made
    pixels and samples of images and sounds, with their versions. `python` is empty but where parts are
    answered by Python: then it says why, names the sources with their digests, and the libraries they need.
    """

    name: str
    task: dict[str, Any]
    columns: tuple[Column, ...]
    stages: tuple[Stage, ...]
    format: int = FORMAT
    version: str = ""
    digest: str = ""
    milepost: str = ""
    keys: tuple[str, ...] = ()
    threshold: Threshold | None = None
    scale: tuple[float, ...] = ()
    decoders: dict[str, str] = {}
    expectations: dict[str, Any] = {}
    lineage: dict[str, Any] = {}
    golden: Golden = Golden()
    created: str = ""
    measured: dict[str, Any] = {}
    parts: dict[str, str] = {}
    checksum: str = ""
    python: dict[str, Any] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """The class labels, in the order of the probabilities; empty for regression."""
        return tuple(str(label) for label in self.task.get("labels") or ())

    @property
    def exclusive(self) -> bool:
        """Whether a row has one label and no other; False where it may have none or several."""
        return bool(self.task.get("exclusive", True))

    @property
    def widths(self) -> dict[str, int]:
        """How many numbers or names a row each output holds, where it is not one."""
        wide = {"proba": len(self.labels), "value": max(len(self.targets), 1)}
        return wide if self.exclusive else {**wide, "label": len(self.labels), "decision": len(self.labels)}

    @property
    def cuts(self) -> dict[str, float]:
        """The signed probability from which each decided label applies; empty where nothing is signed."""
        if self.threshold is None:
            return {}
        value = self.threshold.value
        if isinstance(value, tuple):
            return dict(zip(self.labels, value, strict=True))
        return {self.threshold.label: value}

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the target columns."""
        return tuple(str(target) for target in self.task.get("targets") or ())

    def column(self, name: str) -> Column:
        """The column of a name.

        Raises:
            InputError: there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise InputError(
            f"there is no column '{name}'.", todo=did_you_mean(name, [c.name for c in self.columns])
        )


@dataclass(frozen=True)
class Package:
    """An opened package: manifest, graph, golden rows with their answers, model card, sources by file."""

    manifest: Manifest
    graph: bytes
    golden: Mapping[str, Json]
    card: str = ""
    sources: Mapping[str, bytes] = field(default_factory=dict)
    _opened: dict[int, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def session(self, threads: int = 1) -> Any:
        """The graph in an ONNX Runtime session with so many threads, opened when it is first asked for."""
        if threads not in self._opened:
            self._opened[threads] = session(self.graph, threads)
        return self._opened[threads]

    def files(self) -> dict[str, bytes]:
        """The package's files by name, as a folder or archive holds them."""
        made = {FILE: encode(self.manifest), self.manifest.stages[0].file: self.graph}
        made[self.manifest.golden.file] = msgspec.json.encode(self.golden)
        made |= self.sources
        return {**made, CARD: self.card.encode()} if self.card else made

    @property
    def rows(self) -> dict[str, list[Json]]:
        """The golden rows, by column."""
        return dict(self.golden["rows"])

    @property
    def answers(self) -> dict[str, list[Json]]:
        """The answers to the golden rows, by output."""
        return dict(self.golden["answers"])


def parts_of(manifest: Manifest, graph: bytes, golden: Mapping[str, Json]) -> dict[str, Digest]:
    """Digests of what makes a prediction: graph, columns, task, threshold, golden rows; no times or names."""
    signed = manifest.threshold
    return {
        "graph": digest_bytes(graph),
        "columns": digest(msgspec.to_builtins(manifest.columns), manifest.keys),
        "task": digest(manifest.task, manifest.scale),
        "threshold": digest(None if signed is None else [signed.value, signed.label]),
        "golden": digest(golden, manifest.golden.tolerance),
    }


def checksum_of(manifest: Manifest) -> Digest:
    """The digest of every field of a manifest but the checksum itself."""
    fields = msgspec.to_builtins(manifest)
    del fields["checksum"]
    if not manifest.python:
        del fields["python"]
    return digest(fields)


def seal(manifest: Manifest, graph: bytes, golden: Mapping[str, Json]) -> Manifest:
    """Returns the manifest with its parts, digest, version and checksum filled in."""
    parts = parts_of(manifest, graph, golden)
    whole = digest(parts)
    names = ("task", "expectations", "lineage", "measured", "python")
    free = {name: plain(getattr(manifest, name)) for name in names}
    filled = msgspec.structs.replace(
        manifest, parts=parts, digest=whole, version=whole[:12], checksum="", **free
    )
    return msgspec.structs.replace(filled, checksum=checksum_of(filled))


def encode(manifest: Manifest) -> bytes:
    """The manifest as indented JSON, the format first."""
    fields = {"format": manifest.format, **msgspec.to_builtins(manifest)}
    return msgspec.json.format(msgspec.json.encode(fields), indent=2) + b"\n"


def decode(data: bytes) -> Manifest:
    """Reads a manifest.

    Raises:
        InputError: it is no JSON, of a newer format, or a field is unknown, missing or of the wrong type.
    """
    try:
        loose = msgspec.json.decode(data)
    except MALFORMED as problem:
        raise InputError(f"{FILE} is no JSON: {problem}.", todo=AGAIN) from problem
    found = loose.get("format") if isinstance(loose, dict) else None
    if type(found) is not int or found < 1:
        raise InputError(
            f"{FILE} has the format {found!r}.", expected=f"This milepost reads format {FORMAT}."
        )
    if found > FORMAT:
        raise InputError(
            f"the package has format {found}, newer than this milepost can read.",
            expected=f"This milepost reads format {FORMAT}.",
            todo="Install a newer milepost: pip install -U milepost.",
        )
    unknown = sorted(set(loose) - set(Manifest.__struct_fields__))
    if unknown:
        raise InputError(
            f"{FILE} has an unknown field '{unknown[0]}'.",
            todo=did_you_mean(unknown[0], Manifest.__struct_fields__),
        )
    try:
        return msgspec.convert(loose, Manifest)
    except msgspec.ValidationError as problem:
        raise InputError(f"{FILE} does not fit format {FORMAT}: {problem}.", todo=AGAIN) from problem


def open_package(path: str | Path) -> Package:
    """Opens a package: a folder, or the same as a .zip (with or without a folder around it).

    Digests are not compared here but by `verify`.

    Raises:
        InputError: there is no package at the path, or its manifest cannot be read.
        Corrupt: a file that the manifest names is missing or cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        return _open(lambda name: (path / name).read_bytes(), str(path))
    if not path.is_file():
        raise InputError(f"there is no package at '{path}'.", todo="Make one: milepost ship --to server.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    except zipfile.BadZipFile as problem:
        raise InputError(
            f"'{path}' is neither a folder nor a .zip.", expected="A package is one of these."
        ) from problem
    inside = min((n for n in archive.namelist() if Path(n).name == FILE), key=len, default=FILE)
    return _open(lambda name: archive.read(inside[: -len(FILE)] + name), str(path))


def _open(read: Callable[[str], bytes], where: str) -> Package:
    try:
        data = read(FILE)
    except (OSError, KeyError) as problem:
        raise InputError(f"there is no {FILE} in '{where}'.", expected="A package holds one.") from problem
    manifest = decode(data)
    if len(manifest.stages) != 1:
        raise InputError(
            f"the package has {len(manifest.stages)} stages.", expected="Format 1 has one, a graph."
        )
    try:
        golden = msgspec.json.decode(_inside(manifest.golden.file, read))
        graph = _inside(manifest.stages[0].file, read)
        sources = {name: _inside(name, read) for name in manifest.python.get("sources", ())}
    except (OSError, KeyError, zipfile.BadZipFile, *MALFORMED) as problem:
        raise Corrupt(f"a file of the package '{where}' cannot be read: {problem}.", todo=AGAIN) from problem
    if not (isinstance(golden, dict) and all(isinstance(golden.get(k), dict) for k in ("rows", "answers"))):
        raise Corrupt(f"{manifest.golden.file} of '{where}' holds no rows and answers.", todo=AGAIN)
    try:
        card = read(CARD).decode(errors="replace")
    except (OSError, KeyError):
        card = ""
    return Package(manifest, graph, golden, card, sources)


def _inside(name: str, read: Callable[[str], bytes]) -> bytes:
    if Path(name).name != name:
        raise Corrupt(f"the manifest names a file '{name}' outside of the package.", todo=AGAIN)
    return read(name)
