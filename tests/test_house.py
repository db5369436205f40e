"""The house rules, held by tests; every exception is named with its reason."""

from __future__ import annotations

import ast
import gc
import graphlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE, TESTS = ROOT / "src" / "milepost", ROOT / "tests"
MODULES = sorted(SOURCE.rglob("*.py"))
FILES = [*MODULES, *sorted(TESTS.rglob("*.py")), *sorted((ROOT / "benchmarks").glob("*.py"))]
LINES, FUNCTION, PARAMETERS = 300, 60, 6

NO_TEST_OF_ITS_OWN: dict[str, str] = {
    "__init__.py": "exports only",
    "__main__.py": "calls the command line, whose tests run it as `python -m milepost`",
}
HEAVY = ("sklearn", "scipy", "statsmodels", "lightgbm", "catboost", "onnx", "onnxruntime", "torch")
HEAVY_TOO = (
    "pandas",
    "fastapi",
    "sqlalchemy",
    "pyarrow",
    "typer",
    "numpy",
    "polars",
    "pydantic",
    "vl_convert",
)
TORCH_ROOMS = ("learners", "training", "modalities")
PLUGGABLE = ("modalities", "learners", "tasks", "demos", "monitors")
REGISTRIES = ("modalities", "learners", "tasks", "demos", "monitors", "engines", "steps")
CONCRETE: dict[tuple[str, str], str] = {}
"""A module that imports a concrete plug-in of another room, and why."""
MANY_PARAMETERS = {"metrics/base.py metric": "a decorator, whose keywords are the facts of a metric"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree(path)))


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """More than a million nodes would slow the collector of garbage: it rests here, and then they go."""
    gc.disable()
    yield
    tree.cache_clear()
    nodes.cache_clear()
    gc.enable()


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[Function]:
    return (node for node in nodes(path) if isinstance(node, Function))


def dotted(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(within: Iterable[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Every module that some nodes import, `from a import b` as both `a` and `a.b`."""
    for found in within:
        if isinstance(found, ast.Import):
            yield from ((alias.name, found) for alias in found.names)
        elif isinstance(found, ast.ImportFrom):
            assert found.level == 0, f"line {found.lineno} imports relatively; name the module in full"
            yield from ((f"{found.module}.{alias.name}", found) for alias in found.names)
            yield found.module or "", found


def outside(path: Path, packages: tuple[str, ...]) -> set[str]:
    """Which of some packages a module imports, anywhere in it."""
    return {name.split(".")[0] for name, _ in imports(nodes(path))} & set(packages)


def holds(paths: Sequence[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """Makes one test of a rule: it is held against every file, and each file that breaks it is named."""

    def made(rule: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            broken = []
            for path in paths:
                try:
                    rule(path)
                except AssertionError as problem:
                    broken.append(f"{short(path)}: {problem}")
            assert not broken, "\n".join(broken)

        return test

    return made


@holds(FILES)
def test_a_file_is_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LINES, f"{short(path)} has {lines} lines; {LINES} are allowed"


def commands(path: Path) -> set[str]:
    """The commands of the command line that a module adds: functions whose parameters are its options."""
    if path.parent != SOURCE / "cli":
        return set()
    adding = (node for node in functions(path) if node.name == "add")
    return {name.id for node in adding for name in ast.walk(node) if isinstance(name, ast.Name)}


@holds(MODULES)
def test_functions_are_short_and_take_few_parameters(path: Path) -> None:
    wrong = []
    for node in functions(path):
        length = (node.end_lineno or 0) - node.lineno + 1
        named = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        taken = [name for name in named if name not in ("self", "cls")]
        excused = f"{path.relative_to(SOURCE).as_posix()} {node.name}" in MANY_PARAMETERS
        excused = excused or node.name in commands(path)
        if length > FUNCTION:
            wrong.append(f"{node.name} has {length} lines; {FUNCTION} are allowed")
        if len(taken) > PARAMETERS and not excused:
            wrong.append(f"{node.name} takes {len(taken)} parameters; {PARAMETERS} are allowed")
    assert not wrong, f"{short(path)}: {'; '.join(wrong)}"


@holds(MODULES)
def test_a_module_has_a_name_of_one_word(path: Path) -> None:
    for part in path.relative_to(SOURCE).with_suffix("").parts:
        assert part in ("__init__", "__main__") or (part.isalpha() and part.islower()), part


@holds(MODULES)
def test_a_module_has_a_namesake_test(path: Path) -> None:
    inside = path.relative_to(SOURCE)
    if inside.name in NO_TEST_OF_ITS_OWN or inside.as_posix() in NO_TEST_OF_ITS_OWN:
        return
    namesake = TESTS / inside.parent / f"test_{inside.name}"
    assert namesake.is_file(), f"{short(path)} has no {short(namesake)}"
    assert any(node.name.startswith("test_") for node in functions(namesake)), (
        f"{short(namesake)} tests nothing"
    )


def test_every_exception_is_still_needed() -> None:
    for name in NO_TEST_OF_ITS_OWN:
        assert name.startswith("__") or (SOURCE / name).is_file(), name
    for name in MANY_PARAMETERS:
        file, function = name.split()
        assert function in {node.name for node in functions(SOURCE / file)}, name
    for importer, plugin in CONCRETE:
        assert plugin in {name for name, _ in imports(nodes(SOURCE / importer))}, (importer, plugin)


def public(path: Path) -> Iterator[Function | ast.ClassDef]:
    """Public functions and classes of a module, and the public methods that a class is the first to have."""
    for node in tree(path).body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef) and not node.bases:
                methods = (inner for inner in node.body if isinstance(inner, Function))
                yield from (inner for inner in methods if not inner.name.startswith("_"))


@holds(MODULES)
def test_what_is_public_says_what_it_is_in_one_sentence(path: Path) -> None:
    assert ast.get_docstring(tree(path)), f"{short(path)} has no docstring"
    for node in public(path):
        first = (ast.get_docstring(node) or "").split("\n")[0]
        assert first.endswith((".", ":")), f"{node.name} in {short(path)}, line {node.lineno}: {first!r}"


@holds(FILES)
def test_no_circle_is_hidden_and_nothing_is_left_to_do(path: Path) -> None:
    if path == Path(__file__):
        return
    names = {node.id for node in nodes(path) if isinstance(node, ast.Name)}
    assert "TYPE_CHECKING" not in names
    assert "NotImplementedError" not in names, f"{short(path)} holds a stub"
    text = path.read_text(encoding="utf-8")
    assert not any(word in text for word in ("TODO", "FIXME", "XXX")), f"{short(path)} leaves something to do"


def test_modules_import_each_other_in_no_circle() -> None:
    names = {dotted(path) for path in MODULES}
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        found = {name for name, _ in imports(nodes(path)) if name in names}
        submodules = {
            name.rpartition(".")[0] for name in found
        }  # `from a import b`: b is meant where it is a module
        graph[dotted(path)] = found - submodules - {"milepost", dotted(path)}
    del graph["milepost"]  # loads Project and MilepostError when they are asked for, and nothing before
    assert list(graphlib.TopologicalSorter(graph).static_order())


@holds(MODULES)
def test_torch_is_imported_only_inside_functions_of_three_rooms(path: Path) -> None:
    within = {id(node) for function in functions(path) for _, node in imports(ast.walk(function))}
    for name, node in imports(nodes(path)):
        if name.split(".")[0] == "torch":
            assert path.relative_to(SOURCE).parts[0] in TORCH_ROOMS, f"{short(path)} imports torch"
            assert id(node) in within, f"{short(path)} imports torch outside a function"


@holds(MODULES)
def test_databases_and_buckets_are_reached_only_by_the_store(path: Path) -> None:
    if path.relative_to(SOURCE).parts[0] != "store":
        assert not outside(path, ("sqlalchemy", "fsspec"))
    assert not outside(path, ("ray",)) or path == SOURCE / "engines" / "ray.py"


def registers(path: Path) -> bool:
    """Whether a module adds something to a registry."""
    calls = (node.func for node in nodes(path) if isinstance(node, ast.Call))
    methods = (call for call in calls if isinstance(call, ast.Attribute) and call.attr in ("add", "register"))
    return any(isinstance(call.value, ast.Name) and call.value.id in REGISTRIES for call in methods)


@holds(MODULES)
def test_a_concrete_plugin_is_imported_only_in_its_own_room(path: Path) -> None:
    room = path.relative_to(SOURCE).parts[0]
    for name, _ in imports(nodes(path)):
        parts = name.split(".")
        if parts[0] == "milepost" and len(parts) > 2 and parts[1] in PLUGGABLE and parts[1] != room:
            module = SOURCE / parts[1] / f"{parts[2]}.py"
            known = (path.relative_to(SOURCE).as_posix(), name) in CONCRETE
            plugin = module.is_file() and registers(module)
            assert parts[2] == "base" or known or not plugin, f"{short(path)} imports {name}"


LOADED = "import json, sys, time; t = time.perf_counter(); import milepost; s = time.perf_counter() - t; "


def fresh(code: str) -> object:
    """What a fresh interpreter prints as JSON."""
    done = subprocess.run([sys.executable, "-c", LOADED + code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_importing_milepost_loads_nothing_heavy_and_takes_less_than_half_a_second() -> None:
    loaded = fresh("print(json.dumps([m for m in sys.modules if '.' not in m]))")
    assert isinstance(loaded, list)
    assert not set(loaded) & {*HEAVY, *HEAVY_TOO}, "store.rows loads SQLAlchemy, and with Project only"
    assert min(float(str(fresh("print(s)"))) for _ in range(3)) < 0.5


def test_the_python_api_loads_its_heavy_libraries_only_when_they_work() -> None:
    loaded = fresh("milepost.Project; print(json.dumps([m for m in sys.modules if '.' not in m]))")
    assert isinstance(loaded, list)
    assert not set(loaded) & set(HEAVY) - {"onnx"}, "everything is made of ONNX nodes; the rest can wait"


def test_nothing_is_reported_to_anybody(tmp_path: Path) -> None:
    code = "import milepost.graphs.session, onnxruntime; onnxruntime.SessionOptions()"
    homes = dict.fromkeys(("TMPDIR", "HOME", "XDG_CACHE_HOME"), str(tmp_path))
    environment = {**os.environ, **homes}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert [path.name for path in tmp_path.rglob("*")] == [], "ONNX Runtime opened a telemetry session"


def test_every_file_is_typed_in_full() -> None:
    for path in MODULES:
        for node in functions(path):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
            assert node.returns is not None, f"{node.name} in {short(path)} does not say what it returns"
            assert not bare, f"{node.name} in {short(path)}: {bare}"
