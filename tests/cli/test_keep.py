"""`milepost backup` and `milepost move`, as they are called."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from milepost import Project
from milepost.cli.app import app


@pytest.fixture
def young(tmp_path: Path) -> Path:
    pl.DataFrame({"x": range(40), "y": ["a", "b"] * 20}).write_csv(tmp_path / "rows.csv")
    Project.new(tmp_path / "p", tmp_path / "rows.csv", "y")
    return tmp_path / "p"


def test_a_backup_is_told_and_a_project_itself(young: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["backup", str(young), str(tmp_path / "safe"), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["files"] >= 2
    assert Project(tmp_path / "safe").brief == Project(young).brief
    refused = CliRunner().invoke(app, ["backup", str(young)])
    assert refused.exit_code != 0


def test_a_project_moves_to_postgresql_and_works_there(young: Path, postgres: str) -> None:
    engine = sa.create_engine(postgres.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    done = CliRunner().invoke(app, ["move", str(young), postgres])
    assert done.exit_code == 0, done.output
    assert "moved" in done.output
    with Project(young).ledger.rows as rows:
        assert rows.dialect == "postgresql"
        rows.append("notes", "a", {})
    assert CliRunner().invoke(app, ["move", str(young), "nowhere"]).exit_code != 0
