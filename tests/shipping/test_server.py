import json
import os
import re
import shlex
from importlib.metadata import version
from importlib.util import find_spec

import msgspec
import pytest

from milepost.errors import UsageError
from milepost.shipping.manifest import open_package
from milepost.shipping.process import Process
from milepost.shipping.runner import Runner
from milepost.shipping.server import NEEDS, latency
from milepost.shipping.target import targets
from milepost.testing.wide import wide_package


@pytest.fixture(scope="module")
def built(toy, tmp_path_factory):
    return targets["server"].build(toy, tmp_path_factory.mktemp("out") / "deep" / "server")


def test_the_folder_holds_all_a_server_needs(toy, built):
    assert open_package(built / "package") == toy
    lines = (built / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if "httptools" not in line] == [
        f"{name}=={version(name)}" for name in NEEDS
    ]
    assert toy.manifest.decoders == {}
    assert len(lines) == len(NEEDS) + (find_spec("httptools") is not None)
    docker = (built / "Dockerfile").read_text()
    (wheel,) = built.glob("*.whl")
    assert docker.count(wheel.name) == 2
    for word in ("USER milepost", "HEALTHCHECK", "--no-deps", "milepost.serving"):
        assert word in docker
    for source in re.findall(r"^COPY (.*) \S+$", docker, re.M):
        assert all((built / name).exists() for name in source.split())


def test_it_is_built_again_in_place_and_nothing_else_is_overwritten(toy, built, tmp_path):
    targets["server"].build(toy, built)
    assert open_package(built / "package") == toy
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError):
        targets["server"].build(toy, tmp_path)
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_it_is_proven_over_http(built):
    proof = targets["server"].verify(built)
    assert proof.passed, proof.problems
    assert set(proof.worst) == {"1", "5", "100"}
    assert proof.sentence.startswith("Proven: 100 golden rows")


def test_a_changed_package_in_the_folder_is_named(toy, tmp_path):
    folder = targets["server"].build(toy, tmp_path / "server")
    path = folder / "package" / "manifest.json"
    path.write_text(path.read_text().replace('"value": 0.4', '"value": 0.6'))
    proof = targets["server"].verify(folder)
    assert not proof.passed
    assert "threshold" in proof.sentence


def test_the_readmes_examples_work(toy, built):
    text = (built / "README.md").read_text().replace("\\\n", " ")
    commands = [shlex.split(line) for line in text.splitlines() if line.strip().startswith("curl ")]
    assert len(commands) == 2
    with Process(built / "package", toy.manifest.name) as process:
        for command in commands:
            body = command[command.index("-d") + 1]
            path = command[1].removeprefix("http://localhost:8080")
            assert len(next(iter(process.ask("POST", path, body.encode()).values()))) == 1
            json.loads(body)


def test_latency_and_memory_are_measured(toy):
    found = latency(toy)
    assert 0 < found["p50_ms"] <= found["p99_ms"] < 1000
    measured, objections = targets["server"].measure(toy, {"memory_mb": 1.0})
    assert measured["memory_mb"] > 1
    assert "of memory, more than the 1 MB allowed" in objections[0]


def test_an_apostrophe_in_an_example_survives_the_shell(toy):
    from milepost.shipping.server import readme

    columns = (msgspec.structs.replace(toy.manifest.columns[2], example="O'Hare"),)
    text = readme(msgspec.structs.replace(toy.manifest, columns=columns), "3.11", "w.whl").replace(
        "\\\n", " "
    )
    first = next(line for line in text.splitlines() if line.strip().startswith("curl "))
    assert json.loads(shlex.split(first)[-1]) == {"rows": [{"carrier": "O'Hare"}]}


def test_a_server_of_pictures_has_their_decoder_and_says_how_they_are_sent(tmp_path):
    pytest.importorskip("PIL")
    wide_package(tmp_path / "wide", ("message", "photo"))
    package = open_package(tmp_path / "wide")
    assert package.manifest.decoders == {"pillow": version("pillow")}
    built = targets["server"].build(package, tmp_path / "server")
    assert f"pillow=={version('pillow')}" in (built / "requirements.txt").read_text().splitlines()
    assert "`pillow` reads" in (built / "README.md").read_text()
    proof = targets["server"].verify(built)
    assert proof.passed, proof.problems
    assert set(proof.worst) == {"1", "5", "40"}
    text = (built / "README.md").read_text().replace("\\\n", " ")
    command = next(shlex.split(line) for line in text.splitlines() if line.strip().startswith("curl "))
    with Process(built / "package", "wide") as process:
        assert process.ask("POST", "/predict", command[-1].encode())["answers"]


def test_latency_is_that_of_usual_texts(tmp_path, monkeypatch):
    wide_package(tmp_path / "text", ("message",))
    asked = []

    class Listening(Runner):
        def one(self, row):
            asked.append(row["message"])
            return super().one(row)

    monkeypatch.setattr("milepost.shipping.server.Runner", Listening)
    assert latency(open_package(tmp_path / "text"))["p99_ms"] > 0
    assert 0 < max(len(text) for text in asked) < 300
