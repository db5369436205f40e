"""One command a milepost, made from the step's own fields."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
import typer.main

from milepost import Project
from milepost.cli.app import app
from milepost.cli.single import OWN, command
from milepost.steps.base import setting
from milepost.steps.workflow import BEYOND, ROAD

Milepost = Callable[..., Any]
COMMANDS: Any = typer.main.get_command(app)
DERIVED = [kind for kind in (*ROAD, *BEYOND) if kind.name not in OWN]


@pytest.mark.parametrize(
    "kind", [kind for kind in (*ROAD, *BEYOND) if kind.name not in OWN], ids=lambda kind: kind.name
)
def test_every_field_of_every_step_is_an_option_with_its_help(kind: Any) -> None:
    options = {opt: p for p in COMMANDS.commands[kind.name].params for opt in p.opts}
    for name, field in kind.options().items():
        assert field.metadata["help"] in options[f"--{name.replace('_', '-')}"].help
    assert {"--json", "--yes", "--no-input"} <= set(options)


def test_a_step_of_one_s_own_gets_its_command() -> None:
    @dataclasses.dataclass(frozen=True)
    class Weigh:
        """Weighs."""

        least_grams: float = setting(0.5, "least weight")
        name: ClassVar[str] = "weigh"
        question: ClassVar[str] = "How heavy?"

    made = command(Weigh)  # type: ignore[arg-type]
    assert list(made.__signature__.parameters) == ["dir", "least_grams", "yes", "no_input", "json"]
    assert made.__doc__.startswith("How heavy?")


def test_every_step_runs_by_its_command_and_keeps_its_settings(milepost: Milepost, young: Path) -> None:
    said = milepost("frame", young)
    assert said.code == 4
    assert "milepost answer" in said.out
    assert milepost("frame", young, "--yes").code == 0
    said = milepost("collect", young, "--share", "0.3", "--json")
    assert said.code == 0
    assert said.json["step"] == "collect"
    assert said.json["settings"]["share"] == 0.3
    assert said.json["findings"]["sealed"] == 180
    for kind in ROAD[2:7]:
        assert milepost(kind.name, young).code == 0, kind.name
    project = Project(young)
    assert project.settings()["collect"] == {"share": 0.3}
    assert [mile.state in ("passed", "noted") for mile in project.status().miles] == [True] * 7 + [False] * 6


@pytest.mark.slow
def test_the_later_steps_run_by_their_commands(milepost: Milepost, copied: Project) -> None:
    for name, options in {
        "baseline": ("--alpha", "0.04"),
        "overfit": (),
        "tune": ("--budget", "3s", "--families", "linear"),
        "final": ("--yes",),
        "explain": ("--yes",),
    }.items():
        said = milepost(name, copied.folder, *options, "--json")
        assert said.json["step"] == name
        assert said.code == {"failed": 3}.get(said.json["verdict"], 0), said.json["reason"]
    assert copied.ledger.settings("tune") == {"budget": 3.0, "families": ["linear"]}
    assert copied.status().openings == 2, "another model opened the seal a second time, and it is counted"
    said = milepost("final", copied.folder)
    assert "opened 2 times" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("collect", "--share", "2"), "between 0 and 1"),
        (("collect", "--share", "half"), "'share' got 'half'. Expected a number."),
        (("tune", "--families", "oracle"), "oracle"),
        (("ship", "--to", "moon"), "there is no target 'moon'"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_forgotten(
    milepost: Milepost, copied: Project, words: tuple[str, ...], sentence: str
) -> None:
    said = milepost(words[0], copied.folder, *words[1:])
    assert said.code == 2
    assert sentence in said.err
    assert copied.status().done
