"""Every command is there and explains itself; DIR may be left out everywhere."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import typer.main

import milepost as package
from milepost.cli.app import app
from milepost.steps.workflow import BEYOND, ROAD

COMMANDS: Any = typer.main.get_command(app)
SHARED = ("try", "new", "run", "answer", "status", "next", "waive", "looks", "report")
STEPS = tuple(step.name for step in (*ROAD, *BEYOND))
LABELS = (
    "start",
    "status",
    "import",
    "export",
    "plan",
    "agree",
    "set",
    "ask",
    "returns",
    "next",
    "find",
    "back",
    "doubts",
    "worth",
)
NAMES = (
    *SHARED,
    "predict",
    "ship",
    "verify",
    "serve",
    "outcomes",
    "demo",
    "web",
    "person",
    "backup",
    "move",
    *STEPS,
)


def test_there_are_these_commands_and_no_others() -> None:
    assert set(COMMANDS.commands) == {*NAMES, "labels"}
    assert set(COMMANDS.commands["labels"].commands) == set(LABELS)


@pytest.mark.parametrize("name", LABELS)
def test_a_command_on_labels_explains_itself_and_may_leave_the_folder_out(milepost, name: str) -> None:
    said = milepost("labels", name, "--help")
    assert said.code == 0
    parameters = COMMANDS.commands["labels"].commands[name].params
    assert all(parameter.help for parameter in parameters if parameter.name != "help")
    places = [p for p in parameters if p.param_type_name == "argument"]
    assert not any(place.required for place in places)
    assert str(places[0].default) == "."
    assert any("--json" in parameter.opts for parameter in parameters)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_explains_itself(milepost: Callable[..., Any], name: str) -> None:
    said = milepost(name, "--help")
    assert said.code == 0
    assert said.out.startswith(f"Usage: milepost {name}")
    for parameter in COMMANDS.commands[name].params:
        if parameter.name != "help":
            assert parameter.help, f"{name} {parameter.name} has no help"


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("try", "demo")])
def test_the_folder_may_be_left_out(name: str) -> None:
    places = [p for p in COMMANDS.commands[name].params if p.param_type_name == "argument"]
    assert not any(place.required for place in places)
    assert str(places[0].default) == "."


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("serve", "web")])
def test_json_is_everywhere(name: str) -> None:
    assert any("--json" in parameter.opts for parameter in COMMANDS.commands[name].params)


def test_milepost_alone_shows_what_there_is(milepost: Callable[..., Any]) -> None:
    said = milepost()
    assert said.code == 0
    assert all(f"  {name} " in said.out for name in NAMES)


def test_the_version_is_told_by_the_module_run_as_a_program() -> None:
    done = subprocess.run([sys.executable, "-m", "milepost", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"milepost {package.__version__}\n")
