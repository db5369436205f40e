"""The documentation: complete, in the road's order, built without a network, and true to the code."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRAINING = ("try", "run")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """tools/pages.py, which writes the pages that come from the code."""
    spec = importlib.util.spec_from_file_location("pages", ROOT / "tools" / "pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_that_come_from_the_code_are_up_to_date() -> None:
    maker = [
        sys.executable,
        str(ROOT / "tools" / "pages.py"),
        "--check",
    ]  # what other tests registered is not there
    done = subprocess.run(maker, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_road_has_a_page_a_milepost_in_its_order(maker: ModuleType) -> None:
    names = [maker.page(step).name for step in (*maker.ROAD, *maker.BEYOND)]
    assert [int(name[:2]) for name in names[: len(maker.ROAD)]] == list(range(1, len(maker.ROAD) + 1))
    assert sorted(path.name for path in (DOCS / "road").iterdir()) == names
    rules = (DOCS / "rules.md").read_text(encoding="utf-8")
    assert re.findall(r"\(road/(.*?\.md)\)", rules) == names


def test_a_road_page_says_what_is_done_and_when_it_fails(maker: ModuleType) -> None:
    for step in (*maker.ROAD, *maker.BEYOND):
        path = maker.page(step)
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:2])} {step.name}\n")
        assert "\n## What it does\n" in text
        assert "\n## When it fails\n" in text
        assert maker.BEGIN in text


def nav() -> list[str]:
    """Every page that the navigation names, in order."""

    def walk(item: object) -> list[str]:
        if isinstance(item, str):
            return [item]
        inner = item.values() if isinstance(item, dict) else item
        return [page for part in inner for page in walk(part)]  # type: ignore[attr-defined]

    return walk(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])


def test_every_page_is_in_the_navigation_once() -> None:
    pages = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
    assert sorted(nav()) == pages


def test_the_site_is_built_and_fetches_nothing(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    for page in (tmp_path / "site").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        fetched = re.findall(r'<(?:script|img|iframe)[^>]*src="(https?://[^"]+)"', text)
        fetched += re.findall(r'<link[^>]*href="(https?://[^"]+)"', text)
        assert not fetched, page.name


def test_links_between_files_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_python_in_the_docs_is_python() -> None:
    for page in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for kind, code in FENCED.findall(page.read_text(encoding="utf-8")):
            if kind == "python":
                compile(code, page.name, "exec")


def commands(text: str) -> list[list[str]]:
    """The milepost commands of a page's code blocks, as words."""
    lines = [line for kind, code in FENCED.findall(text) if not kind for line in code.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith("milepost ")]


def test_the_commands_that_the_docs_show_exist() -> None:
    import typer.main

    from milepost.cli.app import app

    group: Any = typer.main.get_command(app)
    for page in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for _, name, *rest in commands(page.read_text(encoding="utf-8")):
            assert name in group.commands, f"{page.name} shows `milepost {name}`"
            command = group.commands[name]
            if hasattr(command, "commands"):
                assert rest[0] in command.commands, f"{page.name} shows `milepost {name} {rest[0]}`"
                command = command.commands[rest[0]]
            known = {option for parameter in command.params for option in parameter.opts}
            used = {word.split("=")[0] for word in rest if word.startswith("--")}
            assert used <= known, f"{page.name} shows {used - known} of `milepost {name}`"


def test_targets_of_make_that_the_docs_show_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for target in re.findall(r"(?:^|`)make (\w+)", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page.name} shows `make {target}`"


def test_the_readme_tells_the_exit_codes_of_the_errors() -> None:
    from milepost import errors

    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, errors.MilepostError)]
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert told == {0, *(kind.exit_code for kind in kinds)}


def test_the_readme_names_the_pytorch_that_is_pinned() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = next(line for line in pins if line.startswith("torch=="))
    for text in (README, (DOCS / "install.md").read_text(encoding="utf-8")):
        assert set(re.findall(r"torch==[\d.]+", text)) == {pinned}


def test_what_is_installed_in_full_is_pinned() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [*project["dependencies"], *(n for e in project["optional-dependencies"].values() for n in e)]
    names = {re.split(r"[\[>=<]", need)[0].lower() for need in needed} - {"milepost"}
    pins = {
        line.split("==")[0] for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    }
    assert names <= pins


def blocks(text: str) -> list[tuple[str, str]]:
    """A page's code blocks from the section "On a file" on, with their language."""
    return FENCED.findall(text[text.index("## On a file") :])


@pytest.mark.slow
def test_a_newcomer_can_walk_the_readme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every command of the README, as it stands there, in its order; only the time spent is shortened.

    What trains and what serves is a process of its own, as a shell starts it; the other commands are run in
    this one, which need not import everything anew for each.
    """
    from milepost.cli import run

    monkeypatch.chdir(tmp_path)
    bin = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": bin, "OMP_NUM_THREADS": "1"}
    waited = 0
    for kind, code in blocks(README):
        lines = [line for line in code.splitlines() if line.startswith(("milepost ", "python "))]
        for line in lines if not kind else []:
            words = shlex.split(line)
            if words[:2] == ["milepost", "serve"]:
                serve(words, tmp_path, environment)
                continue
            if words[1] in ("try", "new"):
                words += ["--budget", "4s"]
            waits = words[1] == "run" and waited < 2
            if words[0] == "python" or words[1] in TRAINING:
                ended = subprocess.run(words, cwd=tmp_path, env=environment).returncode
            else:
                ended = run(words[1:])
            told = "\n".join(capfd.readouterr())
            assert ended == (4 if waits else 0), f"{line}\n{told}"
            waited += waits
        if kind == "python":
            short = code.replace("20s", "4s")
            assert short != code
            done = subprocess.run(
                [sys.executable, "-c", short], cwd=tmp_path, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            assert "next: milepost serve visits" in done.stdout
    assert waited == 2, "the road waited for ethics and for a signature"
    assert (tmp_path / "answers.csv").read_text().startswith("prediction,")
    assert (tmp_path / "shop" / "report.html").is_file()


def serve(words: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Runs the command that serves on a free port, asks it whether it is ready, and stops it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [*words[: words.index("--port")], "--port", port]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as server:
        deadline = time.monotonic() + 300
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answered:
                    assert answered.status == 200
                break
            except OSError:
                assert time.monotonic() < deadline
                assert server.poll() is None
                time.sleep(0.2)
        server.terminate()
        server.wait(60)
