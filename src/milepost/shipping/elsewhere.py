"""What in a package's graph keeps it from running in a browser or on a device."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from milepost.shipping.manifest import Package

CORE = frozenset(("", "ai.onnx", "ai.onnx.ml"))
"""Domains whose operators ONNX Runtime has wherever it runs."""
TREES = frozenset(("TreeEnsemble", "TreeEnsembleRegressor", "TreeEnsembleClassifier"))
ONLY = "the package is Python only, and there is no Python there."
LARGE_MB = 50.0
"""A page that loads more is left before it answers."""


def browser(package: Package) -> list[str]:
    """What stands against ONNX Runtime Web: operators that it lacks or that answer differently, and size.

    `StringNormalizer` changes letters beyond A to Z there, and not here (measured with version 1.30).
    """
    if package.manifest.python:
        return [f"{ONLY} {package.manifest.python['why'][0]}"]
    operators = _operators(package)
    foreign = sorted(name for name, domain in operators.items() if domain not in CORE)
    found = [f"the operator {name} is not in ONNX Runtime Web." for name in foreign]
    if "StringNormalizer" in operators:
        found.append("the operator StringNormalizer gives other letters there than here.")
    size = len(package.graph) / 1e6
    if size > LARGE_MB:
        found.append(f"its graph has {size:.0f} MB, which a page would have to load.")
    return found


def device(package: Package) -> list[str]:
    """What stands against LiteRT, the runtime of phones and boards: it has neither texts nor trees.

    The bytes of a text are numbers: models that read them by themselves are not hindered.
    """
    if package.manifest.python:
        return [f"{ONLY} {package.manifest.python['why'][0]}"]
    operators = _operators(package)
    found = []
    names = [column.name for column in package.manifest.columns if column.wire == "string"]
    if names:
        found.append(f"'{names[0]}' enters as text, which LiteRT does not have.")
    trees = sorted(TREES & operators.keys())
    if trees:
        found.append(f"the operator {trees[0]} is not in LiteRT.")
    others = sorted(name for name, domain in operators.items() if domain not in CORE)
    found += [f"the operator {name} is not in LiteRT." for name in others]
    return found


def _operators(package: Package) -> Mapping[str, str]:
    """The operators of a graph with their domains, those inside of branches and loops as well."""
    import onnx

    found: dict[str, str] = {}
    waiting = [onnx.load_from_string(package.graph).graph]
    while waiting:
        for node in waiting.pop().node:
            found[node.op_type] = node.domain
            waiting += [attribute.g for attribute in node.attribute if attribute.HasField("g")]
    return found


PLACES: Mapping[str, Callable[[Package], list[str]]] = {"browser": browser, "device": device}
"""What stands against a place, by the name that the brief has for it."""
