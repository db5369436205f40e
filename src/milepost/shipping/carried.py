"""Code that a package carries where parts of it are answered by Python: sources, digests, libraries."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import packages_distributions, version

from milepost.digest import Json, digest_bytes
from milepost.graphs.python import Part, parts
from milepost.shipping.manifest import Manifest

ALWAYS = ("onnx",)
"""What cutting such a graph needs."""
OURS = ("polars",)
"""What importing milepost's own learners needs."""


def told(graph: bytes) -> dict[str, Json]:
    """What the manifest says of it: why, sources with their digests, libraries; {} where there is none."""
    found = parts(graph)
    if not found:
        return {}
    return {
        "why": list(dict.fromkeys(part.why for part in found)),
        "sources": {name: digest_bytes(source) for name, source in sources(graph).items()},
        "libraries": libraries(found),
    }


def sources(graph: bytes) -> dict[str, bytes]:
    """The source files that a graph carries, by name."""
    return {part.file: part.source for part in parts(graph) if part.file}


def libraries(found: tuple[Part, ...]) -> dict[str, str]:
    """The installed distributions that the parts import, with their versions."""
    names = {name for part in found for name in part.packages}
    known = packages_distributions()
    own = {dist for name in names - {"milepost"} for dist in known.get(name, ())}
    own |= {*ALWAYS, *(OURS if "milepost" in names else ())}
    return {name: version(name) for name in sorted(own)}


def changed(graph: bytes, files: Mapping[str, bytes]) -> list[str]:
    """Source files beside a graph that are not what it carries and runs, one sentence each."""
    return [
        f"the file {name} is not the source that the graph carries."
        for name, source in sources(graph).items()
        if files.get(name) != source
    ]


def sentence(manifest: Manifest) -> str:
    """Why a package is Python only, in words."""
    return " ".join(manifest.python["why"]).rstrip(".")
