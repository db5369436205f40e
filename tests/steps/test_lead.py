"""A network that is all there is gets most of the time, and its refits go on from what it learnt."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from milepost import Project
from milepost.learners import finetune
from milepost.project.person import Talk
from milepost.steps.lead import LIGHTER, OTHERS, REST, lasting, leaders, worse
from milepost.testing.media import png
from milepost.training.fit import Config
from milepost.training.pace import WARM

FLIP, PLAIN = Config("deep", {"flip": True}), Config("deep", {"flip": False})
LARGE = Config("deep", {"channels": 48})


def queue(kinds=("image",), folds=1, suited=("lightgbm", "deep"), waiting=(FLIP, LARGE)):
    data = SimpleNamespace(folds=[None] * folds, recipe=SimpleNamespace(kinds=frozenset(kinds)))
    return SimpleNamespace(data=data, suited=suited, waiting=[Config("lightgbm"), *waiting])


def test_it_leads_where_nothing_else_is_made_for_the_inputs() -> None:
    assert leaders(queue()) == [FLIP, PLAIN]
    assert leaders(queue(kinds=("sound",))) == [FLIP], "mirroring is nothing for sounds"
    mirrored = Config("deep", {"channels": 48, "flip": True})
    assert leaders(queue(waiting=(LARGE, FLIP))) == [LARGE, mirrored]


@pytest.mark.parametrize(
    "other",
    [
        {"folds": 5},
        {"kinds": ("image", "number")},
        {"suited": ("lightgbm", "probe", "deep")},
        {"suited": ("lightgbm",)},
        {"suited": ("lightgbm", "finetune")},
        {"waiting": ()},
    ],
)
def test_it_does_not_lead_elsewhere(other) -> None:
    assert finetune.FineTune.warm is False
    assert leaders(queue(**other)) == []


@pytest.mark.parametrize("refit", ["development", "all"])
def test_its_time_and_that_of_its_refits_is_what_there_is(refit) -> None:
    folds = np.array([[1] * 80 + [2] * 20])
    brief = SimpleNamespace(budget=SimpleNamespace(refit=refit))
    work = SimpleNamespace(brief=brief, array=lambda step, name: folds)
    found = lasting(work, 200.0, 60.0)  # type: ignore[arg-type]
    refits = WARM * LIGHTER * 1.25 * (2.3 if refit == "all" else 1.0)
    most = 200 * (1 - OTHERS) + 60 * (1 - REST)
    assert found * (1 + refits) <= most * 1.001
    assert found >= 0.98 * min(most / (1 + refits), 200 * (1 - OTHERS))
    assert lasting(work, 8.0, 2.0) == 0.0, "too little to begin from nothing"  # type: ignore[arg-type]


def test_the_first_form_stays_unless_the_rival_is_clearly_better() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, 400)
    one = SimpleNamespace(losses=noise)
    near, far = (SimpleNamespace(losses=noise - gap + rng.normal(0, 0.5, 400)) for gap in (0.0, 0.2))
    assert worse(one, near) is near  # type: ignore[arg-type]
    assert worse(one, far) is one  # type: ignore[arg-type]


def glyphs(folder: Path, each: int) -> Path:
    """Pictures of a hook that points to the left or to the right: mirrored, one is the other."""
    rng = np.random.default_rng(0)
    for kind in ("left", "right"):
        (folder / kind).mkdir(parents=True)
        for number in range(each):
            pixels = rng.integers(0, 120, (16, 16)).astype(np.uint8)
            top, column = rng.integers(1, 5), rng.integers(5, 10)
            pixels[top : top + 9, column] = 230
            step = slice(column - 3, column) if kind == "left" else slice(column + 1, column + 4)
            pixels[top + 8, step] = 230
            (folder / kind / f"{number}.png").write_bytes(png(np.repeat(pixels[:, :, None], 3, 2)))
    return folder


@pytest.mark.alone
def test_the_road_of_pictures_without_a_pretrained_network(tmp_path) -> None:
    pytest.importorskip("torch", reason="needs the extra [network]")
    project = Project.new(tmp_path / "p", glyphs(tmp_path / "data", 650), budget="60s")
    brief = {"constraints.latency_ms": 0.2, "budget.refit": "all", "budget.threads": 2}
    project.brief.changed(brief).write(tmp_path / "p")
    project = Project(tmp_path / "p")
    talk = Talk(yes=True)
    project.run(until="prepare", talk=talk)
    project.step("protocol", tolerance=0.2)
    project.run(until="final", talk=talk)
    tuned, final = project.found("tune"), project.found("final")
    (lost,) = [one for one in tuned.dropped if "another form" in one.why]
    assert lost.params["flip"], "a mirrored hook is one of the other kind"
    lead = next(one for one in tuned.tried if one.learner == "deep")
    assert lead.learnt
    assert lead.seconds == max(one.seconds for one in tuned.tried)
    assert tuned.tried[0].name == lead.name
    assert final.score > 0
    assert final.flips == 0
